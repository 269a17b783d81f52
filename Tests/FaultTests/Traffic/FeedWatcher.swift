import NIOConcurrencyHelpers
import TestSupport

/// Watches the live feed of a workspace, and goes on where it stood whenever the connection is lost.
final class FeedWatcher: Sendable {
    struct Frame: Sendable {
        /// From 1.
        let connection: Int
        let json: JSON
        let text: String

        var type: String { json["type"].string ?? "" }
        var number: Int { json["seq"].int ?? -1 }
        /// Whether it tells of something that happened; what it is numbered with is its own number then.
        var isNumbered: Bool { !["metrics", "answer", "error", "resync"].contains(type) }
    }

    private struct State {
        var frames: [Frame] = []
        var connections = 0
        var closeCodes: [Int] = []
        /// Where it stands, as the frames say.
        var last = 0
        var task: Task<Void, Never>?
    }

    let tenant: Tenant
    private let port: Int
    private let token: String
    private let state = NIOLockedValueBox(State())

    init(_ tenant: Tenant, on stack: Stack) throws {
        guard let port = stack.baseURL.split(separator: ":").last.flatMap({ Int($0) }),
            case .token(let token) = tenant.person.credential
        else { throw APIFailure("there is nothing to watch") }
        (self.tenant, self.port, self.token) = (tenant, port, token)
    }

    var frames: [Frame] { state.withLockedValue { $0.frames } }
    var connections: Int { state.withLockedValue { $0.connections } }
    /// How connections ended, 1006 for one that just broke.
    var closeCodes: [Int] { state.withLockedValue { $0.closeCodes } }

    /// Begins with all that the feed has kept.
    func start() {
        let task = Task { await self.watch() }
        state.withLockedValue { $0.task = task }
    }

    func stop() { state.withLockedValue { $0.task }?.cancel() }

    private func watch() async {
        while !Task.isCancelled {
            let last = state.withLockedValue { $0.last }
            let socket = try? await WebSocketClient.open(
                port: port, "/ws?resume_from=\(last)", headers: ["Authorization": "Bearer \(token)"])
            if let socket { await follow(socket) }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func follow(_ socket: WebSocketClient) async {
        state.withLockedValue { $0.connections += 1 }
        while !Task.isCancelled {
            // Looked at first: what came before the end is taken in, too.
            let isClosed = socket.isClosed
            while let text = try? await socket.nextText(within: .zero) { note(text) }
            if isClosed {
                let code = await socket.closeCode(within: .zero) ?? 1006
                return state.withLockedValue { $0.closeCodes.append(code) }
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
        await socket.close()
    }

    private func note(_ text: String) {
        let json = (try? JSON(bytes: Array(text.utf8))) ?? .null
        state.withLockedValue { state in
            let frame = Frame(connection: state.connections, json: json, text: text)
            state.frames.append(frame)
            if frame.isNumbered || frame.type == "metrics" { state.last = max(state.last, frame.number) }
        }
    }
}

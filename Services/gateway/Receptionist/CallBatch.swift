import Bus
import Contracts
import GatewayHTTP
import Hummingbird

/// The calls of one batch: those that are wrong are refused here, the others are asked for together.
struct CallBatch {
    /// Calls of one batch.
    static let limit = 1000
    /// Bytes of one message on the bus, well below what it takes.
    private static let messageBytes = 3 * 1024 * 1024

    private(set) var results: [CallBatchBody.Result] = []
    private var calls: [(index: Int, call: LogCall)] = []
    /// Whether every call has an id that a second request of the same batch has too.
    private var isRepeatable = true

    /// Whether every call was stored before, so that this is the first answer again.
    var isReplayed: Bool {
        results.allSatisfy {
            if case .replayed = $0.outcome { true } else { false }
        }
    }

    /// - Throws: for a body that is no array and no lines; `.tooLarge` for too many calls.
    init(_ input: RouteInput) throws {
        if input.contentType?.lowercased().contains("ndjson") == true {
            try readLines(input)
        } else {
            do {
                try JSONParser.parseItems(input.body) { try add(.success($0), input) }
            } catch let problem as JSONProblem {
                throw Fault(.inputMalformed, problem.message)
            }
        }
        guard !results.isEmpty else { throw Fault(.inputInvalid, "The batch holds no call") }
    }

    private mutating func readLines(_ input: RouteInput) throws {
        var rest = input.body
        while rest.readableBytes > 0 {
            let view = rest.readableBytesView
            let length = view.firstIndex(of: UInt8(ascii: "\n")).map { $0 - view.startIndex } ?? view.count
            guard let line = rest.readSlice(length: length) else { break }
            rest.moveReaderIndex(forwardBy: min(1, rest.readableBytes))
            guard line.readableBytesView.contains(where: { $0 > 0x20 }) else { continue }
            try add(Result { try JSONParser.parse(line) }, input)
        }
    }

    private mutating func add(_ item: Result<JSONValue, any Error>, _ input: RouteInput) throws {
        let index = results.count
        guard index < Self.limit else { throw Fault(.tooLarge, "A batch may hold at most \(Self.limit) calls") }
        do {
            guard case .object(let members) = try item.get() else {
                throw Fault(.inputInvalid, "A call must be a JSON object")
            }
            let body = try LogCallBody(JSONFields(members))
            if body.id == nil, input.idempotencyKey == nil { isRepeatable = false }
            calls.append((index, body.ask(in: input, index: index)))
            results.append(.init(id: body.id, outcome: .refused("")))
        } catch let fault as Fault {
            results.append(.init(id: nil, outcome: .refused(fault.message)))
        } catch let problem as JSONProblem {
            results.append(.init(id: nil, outcome: .refused(problem.message)))
        }
    }

    /// Asks for the calls, in as many messages as their size needs.
    /// - Throws: when it is open what became of a call. Asked again with the same key or ids, those that are stored
    ///   answer as replayed.
    mutating func store(_ input: RouteInput) async throws {
        var start = 0
        while start < calls.count {
            var end = start
            var bytes = 0
            while end < calls.count {
                bytes += calls[end].call.size
                if end > start, bytes > Self.messageBytes { break }
                end += 1
            }
            let part = calls[start..<end]
            do {
                let reply = try await input.ask(LogCalls(calls: part.map(\.call)))
                for (entry, result) in zip(part, reply.results) {
                    if case .failure(let fault) = result, leavesOpen(fault) { throw fault }
                    results[entry.index].note(result)
                }
            } catch let fault as Fault where start > 0 && !leavesOpen(fault) {
                // Some are stored already, and their sender must hear of it.
                for entry in part { results[entry.index].outcome = .refused(fault.message) }
            }
            start = end
        }
    }

    /// A call is only refused in the answer when it is certain not to be stored; one that is not stored for now goes
    /// back with the whole batch where asking again is safe.
    private func leavesOpen(_ fault: Fault) -> Bool {
        switch fault.kind {
        case .deadlinePassed, .unexpected: true
        case .unavailable, .overloaded, .tooMany, .stillRunning: isRepeatable
        case .invalid, .unauthenticated, .forbidden, .notFound, .conflict, .mismatch, .preconditionFailed, .tooLarge:
            false
        }
    }
}

extension LogCall {
    /// About as many bytes as it takes on the bus.
    fileprivate var size: Int {
        200 + callerPhone.utf8.count + callerName.utf8.count + transcript.utf8.count + (recordingURL?.utf8.count ?? 0)
            + (notes?.utf8.count ?? 0)
    }
}

struct CallBatchBody: JSONShown {
    struct Result {
        enum Outcome {
            case created
            case replayed
            case refused(String)
        }

        /// Of the stored call, or the one that the refused call named.
        var id: CallID?
        var outcome: Outcome

        mutating func note(_ result: Swift.Result<LoggedCall, Fault>) {
            switch result {
            case .success(let call):
                id = call.id
                outcome = call.isReplayed ? .replayed : .created
            case .failure(let fault): outcome = .refused(fault.message)
            }
        }
    }

    static let schema = Schema.object([
        .always(
            "results",
            .array(
                of: .object([
                    .always("index", .integer(from: 0)), .always("id", Schema.uuid.orNull),
                    .always("status", .text(among: ["created", "replayed", "refused"])), .maybe("error", .text()),
                ]))), .always("created", .integer(from: 0)), .always("replayed", .integer(from: 0)),
        .always("refused", .integer(from: 0)),
    ])

    let results: [Result]

    func write(to json: inout JSONWriter) {
        var (created, replayed, refused) = (0, 0, 0)
        json.name("results")
        json.array(results.enumerated()) { json, entry in
            json.object { json in
                json.field("index", entry.offset)
                json.field("id", entry.element.id)
                switch entry.element.outcome {
                case .created:
                    created += 1
                    json.field("status", "created")
                case .replayed:
                    replayed += 1
                    json.field("status", "replayed")
                case .refused(let error):
                    refused += 1
                    json.field("status", "refused")
                    json.field("error", error)
                }
            }
        }
        json.field("created", created)
        json.field("replayed", replayed)
        json.field("refused", refused)
    }
}

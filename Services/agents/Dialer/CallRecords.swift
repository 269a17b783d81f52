import Bus
import Contracts
import Logging

/// Tells the owner of calls what becomes of them, again and again until it has heard.
struct CallRecords: Sendable {
    enum Heard: Sendable, Equatable {
        case yes
        /// There is no such call, or no more.
        case gone
        /// It will never be taken.
        case refused(Fault)
        /// The process stops.
        case stopped
    }

    /// Questions under way at a time, far below what the bus takes.
    private static let mostAsked = 128
    private static let askMS = 5000

    let bus: any Asking
    let stop: StopSign
    private let turnstile = Turnstile(width: mostAsked)

    init(bus: any Asking, stop: StopSign) {
        self.bus = bus
        self.stop = stop
    }

    func record(_ attempt: Attempt) async -> Heard {
        await tell(attempt.record, in: attempt.workspaceID)
    }

    /// A status that the call has passed already counts as heard.
    func change(_ id: CallID, _ fields: CallFields, in workspaceID: WorkspaceID) async -> Heard {
        await tell(ChangeCall(id: id, fields: fields), in: workspaceID)
    }

    private func tell<Request: BusRequest>(_ request: Request, in workspaceID: WorkspaceID) async -> Heard {
        let caller = Caller.service(AgentsEvents.name, workspaceID: workspaceID.uuid)
        var pauseMS = 50
        while true {
            do {
                _ = try await turnstile.pass { try await bus.ask(request, as: caller, within: Self.askMS) }
                return .yes
            } catch let fault as Fault {
                switch fault.kind {
                case .unavailable, .overloaded, .deadlinePassed, .stillRunning, .tooMany, .unexpected: break
                case .notFound where fault.entry == .callNotFound: return .gone
                case .conflict, .mismatch: return .yes
                default: return .refused(fault)
                }
            } catch {
                return .stopped
            }
            guard await stop.sleep(milliseconds: Int.random(in: pauseMS / 2...pauseMS)) else { return .stopped }
            pauseMS = min(pauseMS * 2, 2000)
        }
    }
}

import Bus
import Logging

/// The asking half of the bus as tasks see it: admits a question, hands it to the thread, waits for the frame that
/// answers it.
final class Asker: Sendable {
    let state: Locked<AskerState>
    let wake = Wake()
    let limits: BusLimits
    private let indexes: [String: Int]

    init(owners: [String], limits: BusLimits) {
        self.limits = limits
        state = Locked(AskerState(owners: owners.map { AskerState.OwnerState(name: $0) }))
        indexes = Dictionary(uniqueKeysWithValues: owners.enumerated().map { ($1, $0) })
    }

    func index(of owner: String) -> Int? { indexes[owner] }

    /// Sends a frame, which `encode` makes once it has a number, and waits for the answering one.
    func ask(
        owner: String, deadline: Deadline, isRepeatable: Bool, encode: (UInt64) -> [UInt8]
    ) async throws -> [UInt8] {
        guard !deadline.hasPassed else { throw Fault.deadlinePassed() }
        guard let index = indexes[owner] else { throw Fault.unreachable(owner) }
        let id = try admit(to: index)
        let frame = encode(id)
        guard frame.count <= limits.messageBytes else {
            state.withLock { $0.owners[index].stats.inFlight -= 1 }
            throw Fault(kind: .tooLarge, code: "tooLarge", message: "The body is too large")
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let ask = PendingAsk(
                    id: id, owner: index, frame: frame, deadline: deadline, isRepeatable: isRepeatable,
                    continuation: continuation)
                guard post(.ask(ask)) else { return continuation.resume(throwing: Fault.unreachable(owner)) }
                if Task.isCancelled { post(.cancel(id)) }
            }
        } onCancel: {
            post(.cancel(id))
        }
    }

    private func admit(to index: Int) throws -> UInt64 {
        try state.withLock { state in
            guard state.isOpen else { throw Fault.unreachable(state.owners[index].name) }
            guard state.owners[index].stats.inFlight < limits.askedInFlight else {
                state.owners[index].stats.refused += 1
                throw Fault.overloaded()
            }
            state.owners[index].stats.inFlight += 1
            state.owners[index].stats.asked += 1
            state.nextID += 1
            return state.nextID
        }
    }

    @discardableResult
    func post(_ command: AskCommand) -> Bool {
        let isOpen = state.withLock { state in
            if state.isOpen { state.commands.append(command) }
            return state.isOpen
        }
        if isOpen { wake.signal() }
        return isOpen
    }
}

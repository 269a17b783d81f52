import Bus
import Contracts
import EventLog
import Postgres

extension ServiceHost {
    /// Answers a request. Failures of the database become faults of the catalogue; a transaction that lost a race is
    /// run again, up to three times in all.
    package func serve<Request: BusRequest>(
        _ type: Request.Type, _ handler: @escaping @Sendable (Request, Caller) async throws -> Request.Reply
    ) {
        let logger = logger
        bus.serve(type) { request, caller in
            for attempt in 1... {
                do {
                    return try await handler(request, caller)
                } catch let error as DatabaseError {
                    if error.kind == .serializationFailure, attempt < 3 { continue }
                    logger.warning("database", metadata: ["subject": "\(Request.subject)", "cause": "\(error)"])
                    throw error.fault
                }
            }
            throw Fault.unexpected()
        }
    }

    /// Answers `EventsAfter` and `Ping` for this service.
    package func serveEvents<Owner: EventOwner>(of owner: Owner.Type) {
        precondition(Owner.name == name, "\(name) does not own the events of \(Owner.name)")
        serve(EventsAfter<Owner>.self, eventReader.answer)
        let database = database
        serve(Ping<Owner>.self) { _, _ in
            guard database.isAvailable else { throw Fault(.unavailable) }
            return Done()
        }
    }

    /// Tells whoever follows this service's log that a workspace's partition has grown; after the commit.
    package func announce<Owner: EventOwner>(_ owner: Owner.Type, workspaceID: WorkspaceID) {
        bus.publish(EventsRecorded<Owner>(partition: EventPartition.of(workspaceID.uuid)))
    }
}

extension DatabaseError {
    /// What the asker is told; the cause stays in the log.
    package var fault: Fault {
        switch kind {
        case .unavailable, .timeout, .serializationFailure: Fault(.unavailable, retryAfterMS: 1000)
        case .commitUnknown: Fault(.outcomeUnknown, retryAfterMS: 1000)
        case .cancelled: Fault.deadlinePassed()
        case .badValue: Fault(.inputInvalid)
        case .constraintViolation, .decoding, .other: Fault.unexpected()
        }
    }
}

import Logging

/// The handlers of a process by subject, with the types rubbed off: bytes in, bytes or a fault out. Built before a bus
/// starts, then only read.
package struct ServedHandlers: Sendable {
    package struct Entry: Sendable {
        package let priority: AdmissionPriority
        package let answer: @Sendable ([UInt8], Int, Caller) async -> Result<[UInt8], Fault>
    }

    private var entries: [String: Entry] = [:]

    package init() {}

    package subscript(subject: String) -> Entry? { entries[subject] }

    package var subjects: [String] { entries.keys.sorted() }

    /// Adds the handler of one subject; two for one subject is a programmer's error.
    package mutating func add<Request: BusRequest>(
        _ type: Request.Type, logger: Logger,
        _ handler: @escaping @Sendable (Request, Caller) async throws -> Request.Reply
    ) {
        let subject = Request.subject.name
        precondition(entries[subject] == nil, "\(subject) is served twice")
        entries[subject] = Entry(priority: Request.priority) { payload, offset, caller in
            let request: Request
            do {
                var reader = MessageReader(payload, from: offset)
                request = try Request(from: &reader)
                guard reader.isAtEnd else { throw MalformedMessage("\(reader.remaining) bytes left over") }
            } catch {
                logger.error("malformed request", metadata: ["subject": "\(subject)", "cause": "\(error)"])
                return .failure(.unexpected())
            }
            do {
                return .success(try await handler(request, caller).encoded())
            } catch let fault as Fault {
                return .failure(fault)
            } catch is CancellationError {
                return .failure(.deadlinePassed())
            } catch {
                logger.error("request failed", metadata: ["subject": "\(subject)", "cause": "\(error)"])
                return .failure(.unexpected())
            }
        }
    }
}

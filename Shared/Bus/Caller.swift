import Foundation

/// Who asks, in which workspace, and what they may do. Built in one file of the gateway, passed on by services.
package struct Caller: BusMessage, Equatable {
    package var identity: Identity
    /// The workspace that the question is about; nil only before one is known (registration, login, a service's own work).
    package var workspaceID: UUID?
    /// Bits of the scopes that the credential carries; their names are in Contracts.
    package var scopes: UInt32

    package init(identity: Identity, workspaceID: UUID? = nil, scopes: UInt32 = 0) {
        self.identity = identity
        self.workspaceID = workspaceID
        self.scopes = scopes
    }

    package enum Identity: Sendable, Equatable {
        case anonymous
        case person(UUID, session: UUID)
        case apiKey(UUID)
        case service(String)

        /// What an idempotency key belongs to, beside workspace and route: the person or key, whatever the session.
        package var credentialID: String {
            switch self {
            case .anonymous: "anonymous"
            case .person(let id, _): "person:\(id.uuidString.lowercased())"
            case .apiKey(let id): "key:\(id.uuidString.lowercased())"
            case .service(let name): "service:\(name)"
            }
        }
    }

    package static let anonymous = Caller(identity: .anonymous)

    /// A service acting as itself.
    package static func service(_ name: String, workspaceID: UUID? = nil) -> Caller {
        Caller(identity: .service(name), workspaceID: workspaceID, scopes: .max)
    }

    package init(from reader: inout MessageReader) throws {
        switch try reader.read(UInt8.self) {
        case 0: identity = .anonymous
        case 1: identity = .person(try reader.read(UUID.self), session: try reader.read(UUID.self))
        case 2: identity = .apiKey(try reader.read(UUID.self))
        case 3: identity = .service(try reader.read(String.self))
        case let other: throw MalformedMessage("\(other) is no kind of caller")
        }
        workspaceID = try reader.readOptional(UUID.self)
        scopes = try reader.read(UInt32.self)
    }

    package func write(to writer: inout MessageWriter) {
        switch identity {
        case .anonymous:
            writer.write(UInt8(0))
        case .person(let id, let session):
            writer.write(UInt8(1))
            writer.write(id)
            writer.write(session)
        case .apiKey(let id):
            writer.write(UInt8(2))
            writer.write(id)
        case .service(let name):
            writer.write(UInt8(3))
            writer.write(name)
        }
        writer.write(optional: workspaceID)
        writer.write(scopes)
    }
}

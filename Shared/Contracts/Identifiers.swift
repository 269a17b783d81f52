import Bus
import Foundation

/// An id that says what it is the id of. Lower-case UUID outside, 16 bytes inside.
package struct Identifier<Entity>: Hashable, Sendable, CustomStringConvertible, BusMessage, Codable {
    package let uuid: UUID

    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Nil when the text is no UUID in its usual 36-character form.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 36, let uuid = UUID(text: String(text)) else { return nil }
        self.uuid = uuid
    }

    package var description: String { uuid.text }

    package init(from reader: inout MessageReader) throws {
        uuid = try reader.read()
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(uuid)
    }

    package init(from decoder: any Decoder) throws {
        uuid = try decoder.singleValueContainer().decode(UUID.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(uuid)
    }
}

package enum WorkspaceEntity {}
package enum PersonEntity {}
package enum SessionEntity {}
package enum APIKeyEntity {}
package enum ClientEntity {}
package enum AgentEntity {}
package enum CampaignEntity {}
package enum CallEntity {}

package typealias WorkspaceID = Identifier<WorkspaceEntity>
package typealias PersonID = Identifier<PersonEntity>
package typealias SessionID = Identifier<SessionEntity>
package typealias APIKeyID = Identifier<APIKeyEntity>
package typealias ClientID = Identifier<ClientEntity>
package typealias AgentID = Identifier<AgentEntity>
package typealias CampaignID = Identifier<CampaignEntity>
package typealias CallID = Identifier<CallEntity>

extension Caller {
    /// The workspace that the caller speaks for.
    /// - Throws: `.permissionDenied` when the credential names none.
    package func requireWorkspace() throws -> WorkspaceID {
        guard let workspaceID else { throw Fault(.permissionDenied) }
        return WorkspaceID(workspaceID)
    }
}

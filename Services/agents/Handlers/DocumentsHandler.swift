import Blobs
import Bus
import Contracts
import Foundation
import Logging
import ServiceRuntime

/// What agents know, as its owners see it: begun, added, read, forgotten.
struct DocumentsHandler: Sendable {
    static let mostPlaces = 20

    let documents: any DocumentRepository
    let agents: any AgentRepository
    let store: any BlobStore
    let logger: Logger
    let announce: @Sendable (WorkspaceID) -> Void
    /// There is something to read.
    let wake: @Sendable () -> Void
    var now: @Sendable () -> Timestamp = { .now() }
    var makeID: @Sendable () -> DocumentID = { DocumentID(UUIDv7.make()) }

    @Sendable func handle(_ request: BeginDocuments, from caller: Caller) async throws -> DocumentPlaces {
        let workspaceID = try caller.requireWorkspace()
        guard (1...Self.mostPlaces).contains(request.count) else { throw Fault(.inputInvalid, field: "count") }
        return DocumentPlaces(
            keys: (0..<request.count).map { _ in DocumentKey(workspaceID: workspaceID, documentID: makeID()).text })
    }

    @Sendable func handle(_ request: AddDocuments, from caller: Caller) async throws -> Outcome<DocumentList> {
        let workspaceID = try caller.requireWorkspace()
        let documents = try Document.made(
            by: request, for: try await agent(request.agentID, in: workspaceID), in: workspaceID,
            createdBy: caller.person, at: now(), makeID: makeID, address: WebsiteAddress.checked)
        let outcome = try await self.documents.add(documents, under: request.idempotency, in: workspaceID)
        announce(workspaceID)
        wake()
        return outcome
    }

    @Sendable func handle(_ request: ListDocuments, from caller: Caller) async throws -> DocumentPage {
        let workspaceID = try caller.requireWorkspace()
        try PageBounds.check(limit: request.limit, offset: request.offset)
        return try await documents.page(request, in: workspaceID)
    }

    @Sendable func handle(_ request: GetDocument, from caller: Caller) async throws -> DocumentRecord {
        guard let document = try await documents.find(request.id, in: try caller.requireWorkspace()) else {
            throw Fault(.documentNotFound)
        }
        return document
    }

    /// Bytes that cannot be removed now are found by the sweeper.
    @Sendable func handle(_ request: DeleteDocument, from caller: Caller) async throws -> Done {
        let workspaceID = try caller.requireWorkspace()
        let key = try await documents.remove(request.id, in: workspaceID)
        announce(workspaceID)
        if let key = key.flatMap(BlobKey.init) {
            do {
                try await store.delete(key)
            } catch {
                logger.warning("a document's bytes cannot be removed", metadata: ["cause": "\(error)"])
            }
        }
        return Done()
    }

    @Sendable func handle(_ request: ReindexDocument, from caller: Caller) async throws -> DocumentRecord {
        let workspaceID = try caller.requireWorkspace()
        let document = try await documents.readAnew(request.id, in: workspaceID)
        announce(workspaceID)
        wake()
        return document
    }

    @Sendable func handle(_ request: CountKnowledge, from caller: Caller) async throws -> KnowledgeCounts {
        try await documents.counts(of: request.agentID, in: try caller.requireWorkspace())
    }

    private func agent(_ id: AgentID?, in workspaceID: WorkspaceID) async throws -> AgentID {
        guard let id else {
            guard let newest = try await agents.newest(in: workspaceID)?.id else { throw Fault(.nothingToSetUp) }
            return newest
        }
        guard try await agents.find(id, in: workspaceID) != nil else { throw Fault(.agentNotFound) }
        return id
    }
}

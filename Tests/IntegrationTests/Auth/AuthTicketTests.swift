import Contracts
import Foundation
import Testing

@testable import auth

@Suite struct AuthTicketTests {
    @Test func `of many who use a ticket at a time one is let through`() async throws {
        let auth = try await AuthDatabase.shared()
        let (workspaceID, id) = (WorkspaceID(UUID()), UUID())
        let end = Timestamp.now().adding(seconds: 30)
        let count = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask { try await auth.store.spend(id, until: end, in: workspaceID) }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(count == 1)
        // Another workspace's ticket of the same id is another one.
        #expect(try await auth.store.spend(id, until: end, in: WorkspaceID(UUID())))
    }

    @Test func `used tickets are forgotten when they have long expired`() async throws {
        let auth = try await AuthDatabase()
        let now = Timestamp.now()
        let workspaceID = WorkspaceID(UUID())
        for seconds in [-7200, -4000, 30] {
            _ = try await auth.store.spend(UUID(), until: now.adding(seconds: seconds), in: workspaceID)
        }
        #expect(try await auth.store.sweep(at: now).tickets == 2)
        #expect(try await auth.store.sweep(at: now).tickets == 0)
    }
}

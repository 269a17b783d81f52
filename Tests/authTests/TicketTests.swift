import Bus
import Contracts
import Foundation
import Testing

@testable import auth

@Suite struct TicketTests {
    @Test func `a ticket is spent once, in time, by a service`() async throws {
        let auth = try await AuthFixture()
        let handler = SpendTicketHandler(tickets: auth.store, now: auth.now)
        let gateway = Caller.service("gateway", workspaceID: UUID())
        let (id, end) = (UUID(), auth.clock.now.adding(seconds: 30))
        func code(_ id: UUID, _ end: Timestamp, _ caller: Caller) async -> FaultCode? {
            await faultCode { _ = try await handler.handle(SpendTicket(id: id, expiresAt: end), from: caller) }
        }
        #expect(await code(id, end, Caller(identity: .apiKey(UUID()), workspaceID: UUID())) == .permissionDenied)
        #expect(await code(id, end, .service("gateway")) == .permissionDenied)
        #expect(await code(id, end, gateway) == nil)
        #expect(await code(id, end, gateway) == .tokenInvalid)
        #expect(await code(UUID(), auth.clock.now, gateway) == .tokenExpired)
    }
}

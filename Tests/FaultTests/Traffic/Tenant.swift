import Foundation
import TestSupport

/// One workspace that a run works in: who owns it, by what it is reached, its lasting clients.
struct Tenant: Sendable {
    /// In the run, from 0.
    let number: Int
    let workspaceID: String
    let email: String
    let password: String
    /// With the owner's token.
    let person: APIClient
    /// With an API key.
    let agent: APIClient
    /// Not touched during the run.
    let clientIDs: [String]
    /// Stands in texts of this workspace and must be seen in no other one.
    let canary: String
    /// Of the one that answers conversations; empty where there is none.
    var agentID = ""

    /// Registers a workspace in calm, so that the run begins with something to lose.
    static func registered(_ number: Int, on stack: Stack, clients: Int) async throws -> Tenant {
        let email = "owner-\(UUID().uuidString.lowercased())@example.com"
        let person = try await stack.api.registered(email: email, password: "correct horse \(number)")
        let agent = try await person.withNewKey(scopes: ["read:calls", "write:calls"])
        let canary = "canary" + UUID().uuidString.lowercased().filter { $0 != "-" }
        var clientIDs: [String] = []
        for client in 0..<clients {
            clientIDs.append(
                try await person.createClient(name: "Lasting \(client) \(canary)", phone: "+1555\(number)0\(client)00"))
        }
        return Tenant(
            number: number, workspaceID: try workspace(of: person), email: email,
            password: "correct horse \(number)", person: person, agent: agent, clientIDs: clientIDs, canary: canary)
    }

    /// Reads the workspace out of the token's claims.
    private static func workspace(of client: APIClient) throws -> String {
        guard case .token(let token) = client.credential else { throw APIFailure("no token") }
        var claims = token.split(separator: ".").dropFirst().first.map(String.init) ?? ""
        claims = claims.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        claims += String(repeating: "=", count: (4 - claims.count % 4) % 4)
        guard let data = Data(base64Encoded: claims), let id = try JSON(bytes: data)["workspace_id"].string else {
            throw APIFailure("the token names no workspace")
        }
        return id
    }
}

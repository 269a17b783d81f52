import Foundation
import TestSupport

/// A workspace with one of everything, each with a text in it that is found nowhere else.
struct Scene: Sendable {
    let api: APIClient
    let canary: String
    let email: String
    let userID: String
    let clientID: String
    let callID: String
    let keyID: String
    let agentID: String
    let campaignID: String
    let suppressionID: String
    let documentID: String
    let sessionID: String
    let workspaceID: String
    /// The secret of that key, which may do everything.
    let key: String

    static func make(_ api: APIClient, canary: String = "canary\(Hex.random(bytes: 12))") async throws -> Scene {
        let email = "\(canary)@example.com"
        let person = try await api.registered(email: email)
        let me = try await person.get("/api/auth/me").expect(200)
        let client = try await person.post(
            "/api/clients",
            [
                "name": JSON("Name \(canary)"), "phone_number": JSON(Phones.next()), "profession": JSON(canary),
                "voice_name": JSON(canary), "voice_id": JSON(canary), "system_prompt": JSON("Prompt \(canary)"),
            ]
        ).expect(201)
        let clientID = client.json["client"]["id"].string ?? ""
        let callID = try await person.logCall(
            clientID: clientID,
            [
                "caller_name": JSON(canary), "caller_phone": JSON(canary), "transcript": JSON("Hello \(canary)"),
                "notes": JSON(canary), "recording_url": JSON("https://example.com/\(canary)"), "sentiment": "negative",
                "duration_seconds": 77,
            ])
        let agent = try await person.post(
            "/agents",
            [
                "name": JSON("Agent \(canary)"), "description": JSON(canary), "llm_provider": JSON(canary),
                "system_prompt": JSON("You are \(canary)"), "voice_parameters": ["tone": JSON(canary)],
            ]
        ).expect(201)
        let campaign = try await person.post(
            "/campaigns",
            [
                "name": JSON("Campaign \(canary)"), "description": JSON(canary), "caller_id": JSON(canary),
                "agent_id": JSON(agent.json["id"].string ?? ""),
            ]
        ).expect(201)
        let suppression = try await person.post(
            "/suppressions", ["phone_number": JSON(Phones.next()), "reason": JSON(canary)]
        ).expect(201)
        let documentID = try await addDocument(person, agentID: agent.json["id"].string ?? "", canary: canary)
        let key = try await person.post("/api/settings/api-keys", ["name": JSON(canary), "scopes": ["admin"]])
            .expect(201)
        let claims = try ForgedToken(person.token).claims
        return Scene(
            api: person, canary: canary, email: email, userID: me.json["user"]["id"].string ?? "", clientID: clientID,
            callID: callID, keyID: key.json["id"].string ?? "",
            agentID: agent.json["id"].string ?? "", campaignID: campaign.json["id"].string ?? "",
            suppressionID: suppression.json["id"].string ?? "", documentID: documentID,
            sessionID: claims["sid"]?.string ?? "",
            workspaceID: claims["workspace_id"]?.string ?? "", key: key.json["key"].string ?? "")
    }

    /// - Returns: the id of a document that is ready.
    private static func addDocument(_ api: APIClient, agentID: String, canary: String) async throws -> String {
        var form = FormBody()
        form.add("agent_id", agentID)
        form.add("files", file: "\(canary).txt", Array("Text of \(canary)".utf8))
        let added = try await api.post("/onboarding/knowledge", form: form).expect(200)
        let id = added.json["documents"][0]["id"].string ?? ""
        try await eventually(within: .seconds(10), "the document is read") {
            try await api.get("/knowledge/\(id)").json["status"] == "ready"
        }
        return id
    }

    /// Everything that its owner can read, to see whether somebody changed it. The last use of keys is left out.
    func everything() async throws -> [String] {
        var texts: [String] = []
        for path in [
            "/api/auth/me", "/api/clients", "/api/clients/\(clientID)", "/api/calls", "/api/calls/\(callID)",
            "/api/analytics/sentiment", "/api/analytics/client/\(clientID)/stats", "/api/calls/export",
            "/agents", "/agents/\(agentID)", "/campaigns", "/campaigns/\(campaignID)",
            "/campaigns/\(campaignID)/numbers", "/suppressions", "/knowledge", "/workspace", "/workspace/members",
            "/auth/sessions",
        ] {
            texts.append(try await api.get(path).expect(200).text)
        }
        let keys = try await api.get("/api/settings/api-keys").expect(200).json["api_keys"].array ?? []
        return texts + keys.map { "\($0["id"]) \($0["name"]) \($0["scopes"])" }
    }

    /// Waits until the call and the client are in the statistics.
    func awaitCounted() async throws {
        try await eventually(within: .seconds(1), "call and client are counted") {
            let totals = try await api.get("/api/analytics/dashboard").json
            return totals["total_calls"] == 1 && totals["total_clients"] == 1
        }
    }

    /// The id that stands for a thing of this workspace.
    func id(_ thing: Thing) -> String {
        switch thing {
        case .client: clientID
        case .call: callID
        case .key: keyID
        case .agent: agentID
        case .campaign: campaignID
        case .suppression: suppressionID
        case .document: documentID
        case .member: userID
        case .session: sessionID
        case .workspace: workspaceID
        }
    }
}

/// What an id of a request can name.
enum Thing: CaseIterable, Sendable {
    case client, call, key, agent, campaign, suppression, document, member, session, workspace
}

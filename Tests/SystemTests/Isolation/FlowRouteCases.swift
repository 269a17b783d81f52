import TestSupport

extension RouteCase {
    /// The same at `/` and under `/voiceflow`, but for what another product has at `/`, too.
    static let voiceflow: [RouteCase] =
        ["", "/voiceflow"].flatMap { prefix in
            [onboarding, agents, calls, analytics].flatMap { $0(prefix) }
        } + elsewhereAtRoot("/voiceflow")

    private static func elsewhereAtRoot(_ prefix: String) -> [RouteCase] {
        [
            path("POST", "\(prefix)/auth/login", .nothing, body: ["email": "x@example.com", "password": "wrong"]),
            path("GET", "\(prefix)/auth/me", .credential), path("POST", "\(prefix)/auth/logout", .credential),
            path("GET", "\(prefix)/agents", .scope("read:agents")),
            of(.agent, "GET", "\(prefix)/agents/{id}", .scope("read:agents")),
            of(.agent, "PUT", "\(prefix)/agents/{id}", .scope("write:agents"), body: ["name": "Stolen"]),
            of(.agent, "DELETE", "\(prefix)/agents/{id}", .scope("delete:agents")),
        ]
    }

    private static func onboarding(_ prefix: String) -> [RouteCase] {
        func step(_ name: String) -> RouteCase {
            RouteCase(
                operation: "POST \(prefix)/onboarding/\(name)", needs: .scope("write:agents"), thing: .agent
            ) { id in
                Asked(
                    path: "\(prefix)/onboarding/\(name)",
                    body: ["agent_id": JSON(id), "voice": "af_sarah", "tone": "calm", "language": "en"])
            }
        }
        return [
            path("POST", "\(prefix)/auth/signup", .nothing, body: ["email": "x", "password": "1"]),
            path("POST", "\(prefix)/onboarding/company", .scope("write:agents"), body: ["company_name": ""]),
            path("POST", "\(prefix)/onboarding/agent", .scope("write:agents"), body: ["name": ""]),
            step("voice"), step("channels"), step("deploy"), knowledge(prefix),
            path("GET", "\(prefix)/onboarding/status", .scope("read:agents")),
            RouteCase(operation: "GET \(prefix)/onboarding/status", needs: .scope("read:agents"), thing: .agent) {
                Asked(path: "\(prefix)/onboarding/status?agent_id=\($0)")
            },
        ]
    }

    private static func knowledge(_ prefix: String) -> RouteCase {
        RouteCase(operation: "POST \(prefix)/onboarding/knowledge", needs: .scope("write:agents"), thing: .agent) {
            id in
            var form = FormBody()
            form.add("agent_id", id)
            form.add("files", file: "a.txt", Array("stolen".utf8))
            return Asked(path: "\(prefix)/onboarding/knowledge", form: form)
        }
    }

    private static func agents(_ prefix: String) -> [RouteCase] {
        [
            of(.agent, "POST", "\(prefix)/agents/{id}/pause", .scope("write:agents")),
            of(.agent, "POST", "\(prefix)/agents/{id}/activate", .scope("write:agents")),
            path("POST", "\(prefix)/agents/pause-all", .scope("write:agents")),
            path("POST", "\(prefix)/agents/activate-all", .scope("write:agents")),
            of(.agent, "GET", "\(prefix)/agents/{id}/conversations", .scope("read:calls")),
        ]
    }

    private static func calls(_ prefix: String) -> [RouteCase] {
        [
            path("GET", "\(prefix)/calls/logs", .scope("read:calls")),
            RouteCase(operation: "GET \(prefix)/calls/logs", needs: .scope("read:calls"), thing: .agent) {
                Asked(path: "\(prefix)/calls/logs?agent_id=\($0)")
            },
            of(.call, "GET", "\(prefix)/calls/{id}", .scope("read:calls")),
            of(.call, "GET", "\(prefix)/conversations/{id}/transcript", .scope("read:calls")),
            path("GET", "\(prefix)/conversations/active", .scope("read:calls")),
            path("POST", "\(prefix)/conversations/{id}/message", .scope("write:calls"), body: ["message": ""]),
            path("POST", "\(prefix)/conversations/{id}/audio", .scope("write:calls"), body: ["no": "sound"]),
        ]
    }

    private static func analytics(_ prefix: String) -> [RouteCase] {
        ["overview", "metrics", "performance", "agents/comparison", "realtime"].map {
            path("GET", "\(prefix)/analytics/\($0)", .scope("read:calls"))
        }
    }
}

import Foundation
import TestSupport

extension RouteCase {
    /// The same at `/` and under `/voicera`.
    static let voicera: [RouteCase] = ["", "/voicera"].flatMap { prefix in
        [accounts, agents, recordings, callLogs, analytics, campaigns].flatMap { $0(prefix) }
    }

    private static func accounts(_ prefix: String) -> [RouteCase] {
        [
            path("POST", "\(prefix)/auth/register", .nothing, body: ["email": "x", "password": "1"]),
            path("POST", "\(prefix)/auth/login", .nothing, body: ["email": "x@example.com", "password": "wrong"]),
            path("POST", "\(prefix)/auth/refresh-token", .nothing, body: ["refresh_token": "x"]),
            path("GET", "\(prefix)/auth/me", .credential), path("POST", "\(prefix)/auth/logout", .credential),
            path("POST", "\(prefix)/auth/forgot-password", .nothing, body: ["email": "x"]),
            path(
                "POST", "\(prefix)/auth/reset-password", .nothing, body: ["token": "x", "new_password": "password123"]),
        ]
    }

    private static func agents(_ prefix: String) -> [RouteCase] {
        [
            path("GET", "\(prefix)/agents", .scope("read:agents")),
            path("POST", "\(prefix)/agents", .scope("write:agents"), body: ["name": ""]),
            of(.agent, "GET", "\(prefix)/agents/{id}", .scope("read:agents")),
            of(.agent, "PUT", "\(prefix)/agents/{id}", .scope("write:agents"), body: ["name": "Stolen"]),
            of(.agent, "GET", "\(prefix)/agents/{id}/config", .scope("read:agents")),
            of(.agent, "DELETE", "\(prefix)/agents/{id}", .scope("delete:agents")),
        ]
    }

    private static func callLogs(_ prefix: String) -> [RouteCase] {
        [
            path("GET", "\(prefix)/call-logs", .scope("read:calls")),
            RouteCase(operation: "GET \(prefix)/call-logs", needs: .scope("read:calls"), thing: .agent) {
                Asked(path: "\(prefix)/call-logs?agent_id=\($0)")
            },
            of(.campaign, "GET", "\(prefix)/call-logs/campaign/{id}", .scope("read:calls")),
            RouteCase(operation: "POST \(prefix)/call-logs", needs: .scope("write:calls"), thing: .agent) {
                Asked(path: "\(prefix)/call-logs", body: ["phone_number": "+15550123", "agent_id": JSON($0)])
            },
            of(.call, "GET", "\(prefix)/call-logs/{id}", .scope("read:calls")),
            of(.call, "PATCH", "\(prefix)/call-logs/{id}", .scope("write:calls"), body: ["summary": "Stolen"]),
            of(.call, "DELETE", "\(prefix)/call-logs/{id}", .scope("write:calls")),
        ]
    }

    private static func analytics(_ prefix: String) -> [RouteCase] {
        ["calls", "sentiment", "top-phrases", "agent-performance", "campaign-stats"].map {
            path("GET", "\(prefix)/analytics/\($0)", .scope("read:calls"))
        }
    }

    private static func campaigns(_ prefix: String) -> [RouteCase] {
        [
            path("GET", "\(prefix)/campaigns", .scope("read:campaigns")),
            path("POST", "\(prefix)/campaigns", .scope("write:campaigns"), body: ["name": ""]),
            of(.campaign, "GET", "\(prefix)/campaigns/{id}", .scope("read:campaigns")),
            of(.campaign, "PUT", "\(prefix)/campaigns/{id}", .scope("write:campaigns"), body: ["name": "Stolen"]),
            of(.campaign, "POST", "\(prefix)/campaigns/{id}/launch", .scope("write:campaigns")),
            of(.campaign, "POST", "\(prefix)/campaigns/{id}/pause", .scope("write:campaigns")),
            of(.campaign, "DELETE", "\(prefix)/campaigns/{id}", .scope("write:campaigns")),
        ]
    }

    /// Alike under every prefix.
    static let numbers: [RouteCase] = prefixes.flatMap { prefix in
        [
            of(.campaign, "GET", "\(prefix)/campaigns/{id}/numbers", .scope("read:campaigns")),
            of(
                .campaign, "POST", "\(prefix)/campaigns/{id}/numbers", .scope("write:campaigns"),
                body: ["phone_numbers": ["none"]]),
            path("GET", "\(prefix)/suppressions", .scope("read:campaigns")),
            path("POST", "\(prefix)/suppressions", .scope("write:campaigns"), body: ["phone_number": ""]),
            of(.suppression, "DELETE", "\(prefix)/suppressions/{id}", .scope("write:campaigns")),
            of(.call, "POST", "\(prefix)/conversations/{id}/end", .scope("write:calls")),
            of(.call, "POST", "\(prefix)/conversations/{id}/rating", .scope("write:calls"), body: ["rating": 3]),
        ]
    }

    /// Alike under every prefix.
    static let knowledge: [RouteCase] = prefixes.flatMap { prefix in
        [
            path("GET", "\(prefix)/knowledge", .scope("read:agents")),
            RouteCase(operation: "GET \(prefix)/knowledge", needs: .scope("read:agents"), thing: .agent) {
                Asked(path: "\(prefix)/knowledge?agent_id=\($0)")
            },
            of(.document, "GET", "\(prefix)/knowledge/{id}", .scope("read:agents")),
            of(.document, "POST", "\(prefix)/knowledge/{id}/reindex", .scope("write:agents")),
            of(.document, "DELETE", "\(prefix)/knowledge/{id}", .scope("delete:agents")),
        ]
    }

    private static func recordings(_ prefix: String) -> [RouteCase] {
        func of(_ method: String, _ path: String, _ scope: String, body: JSON? = nil) -> RouteCase {
            RouteCase(operation: "\(method) \(prefix)/\(path)", needs: .scope(scope), thing: .call) { id in
                Asked(path: "\(prefix)/\(path.replacingOccurrences(of: "{call_id}", with: id))", body: body)
            }
        }
        return [
            of("PUT", "call-recordings/{call_id}", "write:calls", body: ["no": "sound"]),
            of("GET", "call-recordings/{call_id}", "read:calls"),
            of("GET", "call-recordings/{call_id}/download", "read:calls"),
            of("GET", "call-recordings/{call_id}/transcript", "read:calls"),
        ]
    }
}

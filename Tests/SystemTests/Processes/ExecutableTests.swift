import Foundation
import TestSupport
import Testing

extension RealStack {
    /// Each executable alone: what it says of itself, and when it cannot start.
    @Suite(.serialized) struct Executables {
        @Test(arguments: Programs.names)
        func `it prints its settings and exits`(name: String) async throws {
            let (code, output) = try await Programs.run(name, ["--print-settings"])
            #expect(code == 0)
            let settings = try output.split(separator: "\n").map { try JSON(bytes: $0.utf8) }
            for setting in settings {
                for member in ["name", "type", "summary"] { #expect(setting[member].string?.isEmpty == false) }
                #expect(setting["secret"].bool != nil && setting.object?.keys.contains("default") == true)
                let looksSecret = ["_KEY", "_SECRET", "_PASSWORD"].contains {
                    setting["name"].string?.hasSuffix($0) == true
                }
                #expect(!looksSecret || setting["secret"] == true, "\(setting)")
            }
            let names = settings.compactMap { $0["name"].string }
            #expect(Set(names).count == names.count)
            #expect(Set(names).isSuperset(of: ["HEALTH_PORT", "LOG_LEVEL", "LOG_FORMAT", "DATA_DIR", "BUS_KEYS_DIR"]))
            let own = [
                "gateway": ["API_PORT", "API_HOST", "CORS_ORIGINS", "TRUSTED_PROXIES", "TLS_CERT_FILE", "OPEN_INGEST"],
                "auth": ["JWT_SECRET_KEY", "MASTER_KEY", "BCRYPT_COST", "AUTH_DATABASE_URL", "PASSWORD_MIN_LENGTH"],
            ]
            let expected = own[name] ?? ["\(name.uppercased())_DATABASE_URL", "DATABASE_URL"]
            #expect(Set(names).isSuperset(of: expected))
        }

        private static let secret = String(repeating: "s", count: 40)
        private static let wrong: [(program: String, environment: [String: String], names: String)] = [
            ("gateway", [:], "JWT_SECRET_KEY"), ("gateway", ["JWT_SECRET_KEY": "short"], "JWT_SECRET_KEY"),
            ("gateway", ["JWT_SECRET_KEY": secret, "API_PORT": "70000"], "API_PORT"),
            ("gateway", ["JWT_SECRET_KEY": secret, "API_PORT": "http"], "API_PORT"),
            ("gateway", ["JWT_SECRET_KEY": secret, "TRUSTED_PROXIES": "everybody"], "TRUSTED_PROXIES"),
            ("gateway", ["JWT_SECRET_KEY": secret, "OPEN_INGEST": "perhaps"], "OPEN_INGEST"),
            ("gateway", ["JWT_SECRET_KEY": secret, "TLS_CERT_FILE": "/nowhere.pem"], "TLS_KEY_FILE"),
            (
                "gateway", ["JWT_SECRET_KEY": secret, "TLS_CERT_FILE": "/no.pem", "TLS_KEY_FILE": "/no.key"],
                "certificate"
            ),
            ("auth", [:], "MASTER_KEY"), ("auth", ["BCRYPT_COST": "99"], "BCRYPT_COST"),
            ("auth", ["JWT_SECRET_KEY": secret, "MASTER_KEY": secret], "AUTH_DATABASE_URL"),
            ("agents", [:], "AGENTS_DATABASE_URL"),
            ("agents", ["EMBEDDINGS_BASE_URL": "ftp://x"], "EMBEDDINGS_BASE_URL"),
            ("calls", ["HEALTH_PORT": "-1"], "HEALTH_PORT"),
            ("calls", ["CALLS_DATABASE_URL": "mysql://x"], "CALLS_DATABASE_URL"), ("calls", [:], "CALLS_DATABASE_URL"),
            ("analytics", ["LOG_LEVEL": "shouting"], "LOG_LEVEL"), ("analytics", [:], "ANALYTICS_DATABASE_URL"),
            (
                "calls", ["CALLS_DATABASE_URL": "postgresql://x@127.0.0.1/x", "BUS_KEYS_DIR": "/nowhere/keys"],
                "/nowhere/keys"
            ),
        ]

        @Test func `a wrong setting ends it with 78 and a sentence that names it`() async throws {
            for (program, environment, names) in Self.wrong {
                let folder = Certificates.folder + "/none"
                let (code, output) = try await Programs.run(
                    program, environment: ["DATA_DIR": folder, "HEALTH_PORT": "0"].merging(environment) { $1 })
                #expect(
                    code == 78, "\(program) \(environment): \(code.map { "\($0)" } ?? "no end") \(output.suffix(300))")
                #expect(output.contains(names), "\(program) \(environment): \(output.suffix(300))")
                #expect(!output.contains(Self.secret))
            }
        }
    }
}

extension RealStack.Shared {
    /// What each process of a stack says on its health port.
    @Suite struct Health {
        @Test func `every process is alive and ready, and shows its metrics`() async throws {
            let stack = try Running.current.stack
            _ = try await Running.person().get("/api/clients").expect(200)
            for process in stack.processes {
                for path in ["/livez", "/readyz"] {
                    #expect(await HealthProbe.status(path, port: process.healthPort) == 200, "\(process.name) \(path)")
                }
                #expect(await HealthProbe.status("/nothing", port: process.healthPort) == 404)
                let metrics = try #require(await HealthProbe.get("/metrics", port: process.healthPort))
                #expect(metrics.contains("text/plain; version=0.0.4"), "\(process.name)")
                let lines = metrics.components(separatedBy: "\r\n\r\n").dropFirst().joined().split(separator: "\n")
                for line in lines {
                    let isSample =
                        line.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? (-?[0-9.e+-]+|NaN|\+Inf|-Inf)/) != nil
                    #expect(
                        line.hasPrefix("# HELP ") || line.hasPrefix("# TYPE ") || isSample, "\(process.name): \(line)")
                }
                let own = process.service == "gateway" ? "http_requests_total" : "bus_serving_answered_total"
                #expect(lines.contains { $0.hasPrefix("switchboard_\(own)") }, "\(process.name) lacks \(own)")
            }
        }

        @Test func `logs are JSON lines that name service and request`() async throws {
            let running = try Running.current
            let id = "log-\(Hex.random(bytes: 8))"
            let answer = try await running.api.send("GET", "/api/clients", headers: ["X-Request-Id": id])
            #expect(answer.status == 401)
            let log = try String(contentsOfFile: running.stack["gateway"].log, encoding: .utf8)
            let lines = log.split(separator: "\n")
            for line in lines { #expect((try? JSON(bytes: line.utf8))?["service"] == "gateway", "\(line.prefix(200))") }
            let own = try #require(lines.first { $0.contains(id) })
            let entry = try JSON(bytes: own.utf8)
            #expect(entry["request_id"].string == id && entry["status"].int == 401 || entry["status"].string == "401")
            #expect(entry["route"] == "/api/clients" && entry["ts"].string?.hasSuffix("Z") == true)
        }
    }
}

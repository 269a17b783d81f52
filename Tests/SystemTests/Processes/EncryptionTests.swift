import AsyncHTTPClient
import Foundation
import NIOSSL
import TestSupport
import Testing

extension RealStack {
    /// A bus that is closed to whoever has no known key, and a gateway that serves HTTPS.
    @Suite(.serialized, .stack(StackKinds.encrypted)) struct Encryption {
        private static let secure = "https://127.0.0.1:\(StackKinds.otherPort)"

        /// Trusts this certificate alone, over connections of its own.
        private func withClient<Result: Sendable>(
            trusting name: String, _ body: (APIClient) async throws -> Result
        ) async throws -> Result {
            var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(2), read: .seconds(10)))
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(Certificates.path(name))
            configuration.tlsConfiguration = tls
            configuration.httpVersion = .http1Only
            let connections = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            do {
                let result = try await body(APIClient(baseURL: Self.secure, connections: connections))
                try await connections.shutdown()
                return result
            } catch {
                try? await connections.shutdown()
                throw error
            }
        }

        @Test func `the whole stack works over a bus with keys`() async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            _ = try await api.logCall(clientID: client)
            try await eventually(within: .seconds(1), "it is counted") {
                try await api.get("/api/analytics/dashboard").json["total_calls"] == 1
            }
            let readiness = try await api.get("/readiness").expect(200).json
            #expect(readiness["database"] == "ok" && readiness["cache"] == "ok")
        }

        @Test func `the live feed is shown over TLS, and goes over a bus with keys`() async throws {
            let api = try await Running.person()
            let ticket = try await api.send("POST", "/ws/ticket").expect(200).json["ticket"].string ?? ""
            let socket = try await WebSocketClient.open(
                port: StackKinds.otherPort, "/ws?ticket=\(ticket)", isSecure: true)
            #expect(try await socket.next()["type"] == "metrics")
            let client = try await api.createClient(phone: Phones.next())
            let call = try await api.logCall(clientID: client)
            #expect(try await socket.next("call_logged")["data"]["call"]["id"].string == call)
            await socket.close()
        }

        @Test(arguments: ["no key", "a key of its own"])
        func `a peer without a known key gets nothing`(kind: String) async throws {
            let running = try Running.current
            let health = try TestPorts.free()
            let port = try TestPorts.free()
            var environment = running.strangerEnvironment
            environment["API_PORT"] = "\(port)"
            environment["HEALTH_PORT"] = "\(health)"
            if kind != "no key" {
                let keys = Certificates.folder + "/other-keys"
                #expect(try await Programs.run("gateway", ["keys", keys]).code == 0)
                environment["BUS_KEYS_DIR"] = keys
            }
            let (child, log) = try await Programs.start("gateway", environment: environment)
            defer { try? FileManager.default.removeItem(atPath: log) }
            let other = running.stack.api.at("http://127.0.0.1:\(port)")
            try await eventually(within: .seconds(10), "it answers") {
                (try? await other.get("/api/health").status) == 200
            }
            try await Task.sleep(for: .seconds(3))
            #expect(await HealthProbe.status("/readyz", port: health) == 503)
            for _ in 0..<3 {
                let signIn = try await other.post("/api/auth/login", ["email": "a@example.com", "password": "secret1"])
                #expect(signIn.status == 503, "\(signIn.text)")
            }
            child.send(SIGTERM)
            #expect(await child.awaitEnd(within: .seconds(20))?.cause == .exited(code: 0))
            // The stack itself is not troubled by it.
            try await Running.person().get("/api/clients").expect(200)
        }

        @Test func `HTTPS is served, and no plain HTTP beside it`() async throws {
            try await withClient(trusting: "first") { api in
                let health = try await api.get("/api/health").expect(200)
                #expect(health.header("Strict-Transport-Security")?.contains("max-age") == true)
                let person = try await api.registered()
                _ = try await person.createClient(phone: Phones.next())
            }
            let plain = try await RawConnection.exchange(
                port: StackKinds.otherPort, [.init("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")], patience: 3)
            #expect(plain.answers.allSatisfy { $0.status >= 400 } && !plain.text.contains("\"ok\""))
        }

        @Test func `a new certificate is served without a restart`() async throws {
            let pid = await (try Running.current.stack["gateway-2"]).pid
            try await Certificates.make("second")
            await #expect(throws: (any Error).self) {
                _ = try await withClient(trusting: "second") { try await $0.get("/api/health") }
            }
            try Certificates.use("second")
            let took = try await eventually(
                within: .seconds(6), "the new certificate is served", every: .milliseconds(200)
            ) {
                (try? await withClient(trusting: "second") { try await $0.get("/api/health").status }) == 200
            }
            print("a new certificate was served after \(took)")
            // What cannot be used is not: the old one stays.
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: Certificates.certificate), options: .atomic)
            try await Task.sleep(for: .seconds(2.5))
            #expect(try await withClient(trusting: "second") { try await $0.get("/api/health").status } == 200)
            #expect(await (try Running.current.stack["gateway-2"]).pid == pid)
        }
    }

    /// PostgreSQL over TLS, its certificate verified.
    @Suite(.serialized) struct DatabaseEncryption {
        @Test func `services migrate and serve with sslmode=verify-full, and not with another authority`() async throws
        {
            try await Certificates.make("database")
            try await Certificates.make("stranger")
            let folder = Certificates.folder
            let cluster = try await TemporaryPostgres.start(settings: ["ssl=on"], servesTCP: true) { data in
                for (source, target) in [("database.pem", "server.crt"), ("database.key", "server.key")] {
                    try FileManager.default.copyItem(atPath: "\(folder)/\(source)", toPath: "\(data)/\(target)")
                    chmod("\(data)/\(target)", 0o600)
                }
                try
                    "local all owner trust\nhostssl all owner 127.0.0.1/32 trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
                    .write(toFile: data + "/pg_hba.conf", atomically: false, encoding: .utf8)
            }
            defer { cluster.stop() }
            let database = try await cluster.createDatabase()
            func url(_ user: String, _ root: String, host: String = "localhost") -> String {
                cluster.tcpURL(
                    host: host, database: database, user: user,
                    parameters: "sslmode=verify-full&sslrootcert=\(Certificates.path(root))")
            }
            let secret = Hex.random(bytes: 32)
            for service in Stack.services {
                let name = "\(service.uppercased())_DATABASE_URL"
                var environment = [
                    "DATABASE_URL": url("owner", "database"), name: url("\(service):\(secret)", "database"),
                    "DATA_DIR": folder + "/data", "BUS_DIR": folder + "/bus", "JWT_SECRET_KEY": secret,
                    "MASTER_KEY": secret,
                ]
                let migrated = try await Programs.run(service, ["migrate"], environment: environment)
                #expect(migrated.code == 0, "\(service): \(migrated.output.suffix(500))")
                #expect(try await isReady(service, environment) == true, "\(service)")
                environment[name] = url("\(service):\(secret)", "stranger")
                #expect(try await isReady(service, environment) == false, "\(service) trusts another authority")
                environment["DATABASE_URL"] = url("owner", "stranger")
                #expect(try await Programs.run(service, ["migrate"], environment: environment).code != 0)
            }
        }

        /// Whether a service gets ready within some seconds.
        private func isReady(_ service: String, _ environment: [String: String]) async throws -> Bool {
            let health = try TestPorts.free()
            let (child, log) = try await Programs.start(
                service, environment: environment.merging(["HEALTH_PORT": "\(health)"]) { $1 })
            defer { try? FileManager.default.removeItem(atPath: log) }
            var isReady = false
            for _ in 0..<60 where child.isRunning && !isReady {
                let answer = await HealthProbe.get("/readyz", port: health) ?? ""
                // Other services, which some wait for, are not there.
                isReady = answer.contains("\"database\":\"ok\"") || answer.hasPrefix("HTTP/1.1 200")
                try await Task.sleep(for: .milliseconds(50))
            }
            child.send(SIGTERM)
            _ = await child.awaitEnd(within: .seconds(28))
            return isReady
        }
    }
}

import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// What HTTP itself asks of a server.
    @Suite struct HTTP {
        private static func head(_ line: String, _ headers: [String] = []) -> String {
            ([line + " HTTP/1.1", "Host: localhost"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
        }

        private func exchange(
            _ pieces: RawConnection.Piece..., answers: Int = 1, patience: Double = 5
        ) async throws -> RawReplies {
            try await RawConnection.exchange(
                port: Running.current.stack.port, pieces, answers: answers, patience: patience)
        }

        @Test func `an unknown path is 404 and a wrong method 405, in the words of the surface`() async throws {
            let api = try await Running.person()
            for path in [
                "/api", "/api/", "/api/nothing", "/api/clients/a/b", "/api//clients", "/api/auth", "/API/clients",
            ] {
                let answer = try await api.get(path)
                #expect(answer.status == 404, "\(path)")
                #expect(answer.json["message"] == "Not found", "\(path)")
            }
            for (method, path, allowed) in [
                ("DELETE", "/api/clients", "GET, HEAD, OPTIONS, POST"),
                ("PATCH", "/api/clients", "GET, HEAD, OPTIONS, POST"),
                ("POST", "/api/clients/\(newUUID())", "DELETE, GET, HEAD, OPTIONS, PUT"),
                ("GET", "/api/auth/login", "OPTIONS, POST"), ("HEAD", "/api/auth/login", "OPTIONS, POST"),
                ("PUT", "/api/calls", "GET, HEAD, OPTIONS, POST"), ("POST", "/api/health", "GET, HEAD, OPTIONS"),
            ] {
                let answer = try await api.send(method, path)
                #expect(answer.status == 405, "\(method) \(path)")
                #expect(answer.header("Allow") == allowed, "\(method) \(path)")
            }
            let root = try await api.get("/nothing")
            #expect(root.status == 404 && root.json["error_code"] == "ROUTE_001" && root.json["success"] == false)
        }

        @Test func `HEAD answers like GET without a body`() async throws {
            let api = try await Running.person()
            for path in [
                "/api/clients", "/api/health", "/api/auth/me", "/api/calls/export", "/api/docs", "/api/openapi.json",
            ] {
                let whole = try await api.get(path)
                let head = try await api.send("HEAD", path)
                #expect(head.status == whole.status && head.body.isEmpty, "\(path)")
                #expect(head.header("Content-Type") == whole.header("Content-Type"), "\(path)")
            }
        }

        @Test func `a preflight is answered to the pages that may call, and to no other`() async throws {
            let api = try Running.current.api
            for origin in ["http://localhost:3000", "http://localhost:5173"] {
                let headers = [
                    "Origin": origin, "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
                ]
                let answer = try await api.send("OPTIONS", "/api/clients", headers: headers)
                #expect(answer.status == 204 && answer.body.isEmpty)
                #expect(answer.header("Access-Control-Allow-Origin") == origin)
                #expect(answer.header("Access-Control-Allow-Credentials") == "true")
                #expect(answer.header("Access-Control-Allow-Methods")?.contains("POST") == true)
                let allowed = answer.header("Access-Control-Allow-Headers")?.lowercased() ?? ""
                for name in ["authorization", "content-type", "x-api-key", "idempotency-key"] {
                    #expect(allowed.contains(name))
                }
                #expect(answer.header("Vary") == "Origin")
                let plain = try await api.send("GET", "/api/clients", headers: ["Origin": origin])
                #expect(plain.status == 401 && plain.header("Access-Control-Allow-Origin") == origin)
                #expect(plain.header("Access-Control-Expose-Headers")?.contains("X-Request-Id") == true)
            }
            for origin in [
                "http://localhost:3001", "https://localhost:3000", "http://localhost:3000.evil.example", "null",
                "http://evil.example", "*",
            ] {
                for method in ["OPTIONS", "GET"] {
                    let answer = try await api.send(method, "/api/health", headers: ["Origin": origin])
                    #expect(
                        !answer.headers.contains { $0.name.lowercased().hasPrefix("access-control-allow") }, "\(origin)"
                    )
                    #expect(answer.header("Vary") == "Origin")
                }
            }
        }

        @Test func `a request keeps its id where it is well formed`() async throws {
            let api = try Running.current.api
            for id in ["abcdefgh", "A-Z.a_z-0123456789", String(repeating: "x", count: 64)] {
                let answer = try await api.send("GET", "/api/health", headers: ["X-Request-Id": id])
                #expect(answer.header("X-Request-Id") == id)
            }
            for id in ["short", String(repeating: "x", count: 65), "with space here", "a;b;c;d;e", "häääääääh"] {
                let answer = try await api.send("GET", "/api/health", headers: ["X-Request-Id": id])
                #expect(answer.header("X-Request-Id") != id && answer.header("X-Request-Id")?.count ?? 0 >= 8)
            }
        }

        @Test func `a header of 20 KiB is 431, and what is no HTTP is 400`() async throws {
            let long = try await exchange(
                .init(Self.head("GET /api/health", ["X-Long: " + String(repeating: "a", count: 20_480)])))
            #expect(long.answers.first?.status == 431)
            let many = try await exchange(
                .init(Self.head("GET /api/health", (0..<300).map { "X-\($0): " + String(repeating: "b", count: 80) })))
            #expect(many.answers.first?.status == 431)
            for bytes in [
                "\r\n\r\nnonsense\r\n\r\n", "GET\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "GET / HTTP/9.9\r\n\r\n",
                "BREW /api/health HTTP/1.1\r\nHost: a\r\n\r\n",
            ] {
                let replies = try await exchange(.init(bytes), patience: 1)
                #expect(replies.answers.allSatisfy { (400..<500).contains($0.status) }, "\(bytes)")
            }
            let conflicting = try await exchange(
                .init(Self.head("POST /api/auth/login", ["Content-Length: 5", "Content-Length: 6"]) + "{}   "))
            #expect(conflicting.answers.first?.status == 400)
            let smuggling = try await exchange(
                .init(
                    Self.head("POST /api/auth/login", ["Content-Length: 4", "Transfer-Encoding: chunked"]) + "0\r\n\r\n"
                ))
            #expect(smuggling.answers.count <= 1 && smuggling.answers.allSatisfy { $0.status == 400 })
        }

        @Test func `requests in one go are answered in their order`() async throws {
            let requests = (0..<20).map { Self.head("GET /api/health", ["X-Request-Id: pipeline-\($0)-x"]) }.joined()
            let replies = try await exchange(.init(requests), answers: 20)
            #expect(replies.answers.map { $0.header("X-Request-Id") } == (0..<20).map { "pipeline-\($0)-x" })
            #expect(replies.answers.allSatisfy { $0.status == 200 })
        }

        @Test func `a body may wait for 100 Continue, come in chunks, and the connection end when asked`() async throws
        {
            let api = try await Running.person()
            let token = "Authorization: Bearer \(try api.token)"
            let body = #"{"name":"Chunked","phone_number":"\#(Phones.next())"}"#
            let waiting = try await exchange(
                .init(
                    Self.head(
                        "POST /api/clients", [token, "Expect: 100-continue", "Content-Length: \(body.utf8.count)"])),
                .init(body, after: 0.2))
            #expect(waiting.text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201"))
            // Who will be refused need not send it.
            let refused = try await exchange(
                .init(Self.head("POST /api/clients", ["Expect: 100-continue", "Content-Length: \(body.utf8.count)"])))
            #expect(refused.answers.first?.status == 401 && !refused.text.contains("100 Continue"))
            let chunks = body.replacingOccurrences(of: "555", with: "556").utf8.map { "1\r\n\(UnicodeScalar($0))\r\n" }
                .joined()
            let chunked = try await exchange(
                .init(Self.head("POST /api/clients", [token, "Transfer-Encoding: chunked"]) + chunks + "0\r\n\r\n"))
            #expect(chunked.answers.first?.status == 201)
            let ending = try await exchange(.init(Self.head("GET /api/health", ["Connection: close"])), answers: 2)
            #expect(ending.answers.count == 1 && ending.isClosed && ending.seconds < 2)
            let old = try await exchange(.init("GET /api/health HTTP/1.0\r\n\r\n"), answers: 2)
            #expect(old.answers.first?.status == 200 && old.isClosed && old.seconds < 2)
            let unknown = try await exchange(.init(Self.head("BREW /api/health")))
            #expect(unknown.answers.first?.status == 405 && unknown.text.contains("Allow: DELETE, GET, HEAD"))
        }

        @Test func `a chunked body over the limit is cut with 413`() async throws {
            let api = try await Running.person()
            let head = Self.head(
                "POST /api/clients", ["Authorization: Bearer \(try api.token)", "Transfer-Encoding: chunked"])
            let chunk = "10000\r\n" + String(repeating: "a", count: 65_536) + "\r\n"
            let replies = try await exchange(.init(head + String(repeating: chunk, count: 20)))
            #expect(replies.answers.first?.status == 413)
        }

        @Test func `who sends a body that is too large to its end still reads the refusal`() async throws {
            let api = try await Running.person()
            for (path, limit) in [("/api/clients", 1 << 20), ("/api/calls/batch", 8 << 20)] {
                let head = Self.head(
                    "POST \(path)", ["Authorization: Bearer \(try api.token)", "Content-Length: \(limit + 1)"])
                for _ in 0..<10 {
                    let replies = try await exchange(
                        .init(head), .init([UInt8](repeating: 0x20, count: limit + 1)))
                    #expect(replies.answers.first?.status == 413, "\(path): \(replies.text.prefix(200))")
                }
            }
        }

        @Test func `a body that ends too early stores nothing`() async throws {
            let api = try await Running.person()
            let body = #"{"name":"Cut","phone_number":"+15550123"}"#
            for length in [body.utf8.count + 1, body.utf8.count + 70_000] {
                let replies = try await RawConnection.exchange(
                    port: Running.current.stack.port,
                    [
                        .init(
                            Self.head(
                                "POST /api/clients",
                                ["Authorization: Bearer \(try api.token)", "Content-Length: \(length)"]) + body)
                    ],
                    patience: 3, closesSending: true)
                #expect(replies.answers.allSatisfy { (400..<500).contains($0.status) })
            }
            #expect(try await api.get("/api/clients").json["total"] == 0)
        }
    }
}

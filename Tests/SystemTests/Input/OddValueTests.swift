import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// Values that are allowed and odd come back as they went in; those that are not are refused.
    @Suite struct OddValues {
        private static let texts = [
            "👩‍👩‍👧‍👦 says “hi”",
            "مرحبا بالعالم", "\u{202E}reversed\u{202C}", "日本語テスト", "e\u{301} is not é", "\u{10FFFF}",
            "a\tb\nc\r\nd", "\"quoted\" \\ and / and \u{8}\u{c}", "<script>alert(1)</script>",
            "'; DROP TABLE calls; --",
            "\u{7f}\u{80}\u{9f}", "%00%s%n", "${jndi:ldap://x}", "NULL", "null", "\\u0000", "\u{feff}bom",
            "\u{2028}\u{2029}",
            String(repeating: "👍", count: 50), "\u{1}\u{1f}",
        ]

        @Test(arguments: texts)
        func `a text comes back as it went in`(text: String) async throws {
            let api = try await Running.person()
            let client = try await api.post(
                "/api/clients", ["name": JSON("N" + text + "N"), "phone_number": JSON(Phones.next())]
            )
            .expect(201).json["client"]
            #expect(client["name"].string.map { Array($0.utf8) } == Array(("N" + text + "N").utf8))
            let id = client["id"].string ?? ""
            let call = try await api.logCall(
                clientID: id, ["transcript": JSON(text), "notes": JSON(text), "caller_name": JSON(text)])
            let stored = try await api.get("/api/calls/\(call)").expect(200).json["call"]
            for field in ["transcript", "notes", "caller_name"] {
                #expect(stored[field].string.map { Array($0.utf8) } == Array(text.utf8), "\(field)")
            }
            #expect(try await api.get("/api/calls").json["calls"][0]["caller_name"].string == text)
        }

        @Test func `escapes of JSON mean what they mean`() async throws {
            let api = try await Running.person()
            let id = try await api.createClient(phone: Phones.next())
            let body =
                #"{"client_id":"\#(id)","notes":"\u00e9\ud83d\ude00\/\b\n\t\"","unknown":{"a":[1,{}]},"success":false}"#
            let logged = try await api.send(
                "POST", "/api/calls", headers: ["Content-Type": "application/json"], body: Array(body.utf8)
            ).expect(201)
            let call = try await api.get("/api/calls/\(logged.json["call"]["id"].string ?? "")").json["call"]
            #expect(call["notes"].string == "é😀/\u{8}\n\t\"" && call["success"] == false)
        }

        @Test func `numbers are read as written and rounded to what is kept`() async throws {
            let api = try await Running.person()
            let id = try await api.createClient(phone: Phones.next())
            let good: [(String, Double)] = [
                ("0", 0), ("-0", 0), ("-0.0", 0), ("0.0004", 0), ("0.0005", 0.001), ("1e-400", 0), ("45.5", 45.5),
                ("4.55e1", 45.5), ("0.1e+1", 1), ("45.500000000000000000000000001", 45.5), ("2678400", 2_678_400),
                ("1E3", 1000), ("null", 0),
            ]
            for (written, kept) in good {
                let body = #"{"client_id":"\#(id)","duration_seconds":\#(written)}"#
                let answer = try await api.send("POST", "/api/calls", body: Array(body.utf8))
                #expect(answer.status == 201, "\(written): \(answer.text)")
                let call = try await api.get("/api/calls/\(answer.json["call"]["id"].string ?? "")").json["call"]
                #expect(call["duration_seconds"].double == kept, "\(written)")
                #expect(call["duration_seconds"].double?.sign == .plus, "\(written)")
            }
            for written in [
                "1e300", "1e308", "1e309", "-1e-3", "-1", "2678400.001", "99999999999999999999", "NaN", "\"45\"", "[]",
                "-1e400", "9223372036854775808", "1e18",
            ] {
                let body = #"{"client_id":"\#(id)","duration_seconds":\#(written)}"#
                let answer = try await api.send("POST", "/api/calls", body: Array(body.utf8))
                #expect(answer.status == 400 && answer.error != nil, "\(written): \(answer.text)")
            }
            #expect(try await api.get("/api/calls").json["total"].int == good.count)
        }

        @Test func `lone surrogates and the character U+0000 are refused`() async throws {
            let api = try await Running.person()
            let id = try await api.createClient(phone: Phones.next())
            for escape in [#"\ud800"#, #"\udfff"#, #"\ud800\ud800"#, #"\ude00\ud83d"#, #"\u0000"#, #"a\u0000b"#] {
                for field in ["notes", "transcript", "caller_name", "caller_phone", "recording_url", "sentiment"] {
                    let body = #"{"client_id":"\#(id)","\#(field)":"\#(escape)"}"#
                    let answer = try await api.send("POST", "/api/calls", body: Array(body.utf8))
                    #expect(answer.status == 400 && answer.error != nil, "\(field) \(escape): \(answer.text)")
                }
            }
            #expect(try await api.get("/api/calls").json["total"] == 0)
        }

        @Test func `limits count characters, and the longest text fits`() async throws {
            let api = try await Running.person()
            let longest = String(repeating: "👍", count: 200)
            let id = try await api.createClient(name: longest, phone: Phones.next())
            let notes = String(repeating: "é", count: 16_384)
            let call = try await api.logCall(
                clientID: id,
                [
                    "caller_name": JSON(longest), "notes": JSON(notes),
                    "caller_phone": JSON(String(repeating: "1", count: 64)),
                ])
            let stored = try await api.get("/api/calls/\(call)").json["call"]
            #expect(stored["notes"].string == notes && stored["caller_name"].string == longest)
            let prompt = String(repeating: "𝒳", count: 32_000)
            let client = try await api.put("/api/clients/\(id)", ["system_prompt": JSON(prompt)]).expect(200)
            #expect(client.json["client"]["system_prompt"].string == prompt)
        }

        @Test func `sentiment is taken in any case, and a moment in any zone`() async throws {
            let api = try await Running.person()
            let id = try await api.createClient(phone: Phones.next())
            for sentiment in ["positive", "Positive", "NEGATIVE", "neutral", "nEuTrAl"] {
                let call = try await api.logCall(clientID: id, ["sentiment": JSON(sentiment)])
                let stored = try await api.get("/api/calls/\(call)").json["call"]["sentiment"]
                #expect(stored.string == sentiment.uppercased())
            }
            for sentiment: JSON in ["happy", "", " POSITIVE", 1, ["POSITIVE"]] {
                let answer = try await api.post("/api/calls", ["client_id": JSON(id), "sentiment": sentiment])
                #expect(answer.status == 400 && answer.error?.contains("sentiment") == true, "\(sentiment)")
            }
            for (written, kept) in [
                ("2025-01-31T09:30:00Z", "2025-01-31T09:30:00Z"), ("2025-01-31T09:30:00", "2025-01-31T09:30:00Z"),
                ("2025-01-31T09:30:00+02:00", "2025-01-31T07:30:00Z"),
                ("2025-01-01T00:30:00+01:00", "2024-12-31T23:30:00Z"),
                ("2024-02-29T23:59:59.999999Z", "2024-02-29T23:59:59.999999Z"),
            ] {
                let answer = try await api.post("/api/calls", ["client_id": JSON(id), "created_at": JSON(written)])
                    .expect(201)
                #expect(answer.json["call"]["created_at"].string == kept, "\(written)")
            }
            for written: JSON in [
                "2999-01-01T00:00:00Z", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-01-01T25:00:00Z",
                "yesterday",
                "", 1_735_689_600, "2025-01-01T00:00:00+99:00", "0000-00-00T00:00:00Z", "２０２５-01-01T00:00:00Z",
            ] {
                let answer = try await api.post("/api/calls", ["client_id": JSON(id), "created_at": written])
                #expect(
                    answer.status == 400 && answer.error?.contains("created_at") == true, "\(written): \(answer.text)")
            }
        }
    }
}

import Contracts
import TestSupport
import Testing

extension RealStack.Shared {
    /// Calls as CSV: the same as the list, and harmless where it is opened.
    @Suite struct Export {
        /// Reads CSV by RFC 4180.
        static func rows(_ text: String) -> [[String]] {
            var rows: [[String]] = []
            var row: [String] = []
            var cell = ""
            var isQuoted = false
            var characters = Array(text.unicodeScalars)[...]
            while let scalar = characters.popFirst() {
                switch scalar {
                case "\"" where isQuoted && characters.first == "\"":
                    cell.append("\"")
                    characters.removeFirst()
                case "\"": isQuoted.toggle()
                case "," where !isQuoted:
                    row.append(cell)
                    cell = ""
                case "\r" where !isQuoted && characters.first == "\n":
                    characters.removeFirst()
                    rows.append(row + [cell])
                    (row, cell) = ([], "")
                default: cell.unicodeScalars.append(scalar)
                }
            }
            return rows
        }

        @Test func `the export is narrowed as the lists are`() async throws {
            let api = try await Running.person()
            let agent = try await api.post("/agents", ["name": "Ann"]).expect(201).json["id"].string ?? ""
            for (number, status) in [("+15550111", "failed"), ("+15550112", "completed")] {
                try await api.post(
                    "/call-logs", ["phone_number": JSON(number), "status": JSON(status), "agent_id": JSON(agent)]
                ).expect(201)
            }
            try await api.post(
                "/call-logs", ["phone_number": "+15550113", "created_at": "2024-02-03T10:00:00Z"]
            ).expect(201)
            func numbers(_ query: String) async throws -> [String] {
                let rows = Self.rows(try await api.get("/calls/export?\(query)").expect(200).text)
                let column = rows.first?.firstIndex(of: "caller_phone") ?? 0
                // What a spreadsheet would take for a formula has a quote before it.
                return rows.dropFirst().map { String($0[column].drop { $0 == "'" }) }
            }
            #expect(try await numbers("status=failed") == ["+15550111"])
            #expect(try await numbers("agent_id=\(agent)").count == 2)
            #expect(try await numbers("agent_id=\(newUUID())") == [])
            #expect(try await numbers("start_date=2024-01-01&end_date=2024-12-31") == ["+15550113"])
            #expect(try await numbers("phone_number=+1555-0112") == ["+15550112"])
            try await api.get("/calls/export?status=bogus").expect(422)
        }

        @Test(arguments: ["/api/calls/export", "/calls/export"])
        func `the export is the list`(path: String) async throws {
            let api = try await Running.person()
            let client = try await api.createClient(name: "A, \"B\" & C", phone: Phones.next())
            let other = try await api.createClient(name: "Other", phone: Phones.next())
            let now = Timestamp.now()
            let calls = (0..<450).map { index -> JSON in
                [
                    "client_id": JSON(index % 5 == 0 ? other : client), "caller_name": JSON("Caller \(index)\nline"),
                    "duration_seconds": JSON(index), "stt_latency_ms": 1.5, "success": JSON.bool(index % 2 == 0),
                    "created_at": JSON(now.adding(seconds: -index).text), "notes": JSON("é,\"\(index)\""),
                ]
            }
            #expect(try await api.post("/api/calls/batch", .array(calls)).expect(200).json["created"] == 450)
            let answer = try await api.get(path).expect(200)
            #expect(answer.header("Content-Type") == "text/csv; charset=utf-8")
            #expect(answer.header("Content-Disposition")?.hasPrefix("attachment; filename=\"calls-") == true)
            let rows = Self.rows(answer.text)
            let columns = rows.first ?? []
            #expect(columns.prefix(3) == ["id", "client_id", "client_name"] && rows.count == 451)
            #expect(rows.allSatisfy { $0.count == columns.count })
            let listed = try await api.get("/api/calls?limit=500").json["calls"].array ?? []
            for (row, call) in zip(rows.dropFirst(), listed) {
                let cells = Dictionary(uniqueKeysWithValues: zip(columns, row))
                #expect(cells["id"] == call["id"].string && cells["client_id"] == call["client_id"].string)
                #expect(cells["client_name"] == call["client_name"].string)
                #expect(cells["caller_name"] == call["caller_name"].string)
                #expect(cells["created_at"] == call["created_at"].string)
                #expect(cells["duration_seconds"].flatMap { Double($0) } == call["duration_seconds"].double)
                #expect(cells["success"] == (call["success"] == true ? "true" : "false"))
            }
            let ofOne = Self.rows(try await api.get("\(path)?client_id=\(other)").text)
            #expect(ofOne.count == 91 && ofOne.dropFirst().allSatisfy { $0[1] == other })
            #expect(Self.rows(try await api.get("\(path)?client_id=\(newUUID())").text).count <= 1)
            #expect(try await api.get("\(path)?days=0").status == (path.hasPrefix("/api") ? 400 : 422))
            #expect(try await api.get("\(path)?client_id=nothing").status == 404)
        }

        @Test func `no cell is run by a spreadsheet`() async throws {
            let api = try await Running.person()
            let attacks = [
                "=1+1", "+1-555", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://x\")", "=cmd|' /C calc'!A0",
                " =1+1", "\n=1+1", "＝1+1", "\u{a0}=1", "＠SUM(A1)",
            ]
            let client = try await api.createClient(name: "=2+2", phone: Phones.next())
            for attack in attacks {
                _ = try await api.logCall(
                    clientID: client,
                    [
                        "caller_name": JSON(attack), "notes": JSON(attack), "caller_phone": JSON(attack),
                        "recording_url": JSON(attack),
                    ])
            }
            let rows = Self.rows(try await api.get("/api/calls/export").expect(200).text)
            #expect(rows.count == attacks.count + 1)
            for cell in rows.dropFirst().joined() {
                let first = cell.trimmingCharacters(in: .whitespacesAndNewlines).first
                #expect(first.map { !"=+-@＝＠".contains($0) } ?? true, "\(cell.debugDescription)")
            }
        }

        @Test func `an empty export is its head alone`() async throws {
            let rows = Self.rows(try await Running.person().get("/api/calls/export").expect(200).text)
            #expect(rows.count == 1 && rows[0].first == "id" && rows[0].last == "created_at")
        }
    }
}

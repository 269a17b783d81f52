import TestSupport
import Testing

extension RealStack.Shared {
    /// What a deletion of a client takes away and what it leaves.
    @Suite struct DeletedClients {
        @Test func `a deleted client takes no calls, keeps its old ones and frees its number`() async throws {
            let api = try await Running.person()
            let phone = Phones.next()
            let id = try await api.createClient(name: "Gone", phone: phone)
            let call = try await api.logCall(clientID: id, ["duration_seconds": 12])
            try await eventually(within: .seconds(1), "the call is counted") {
                try await api.get("/api/analytics/dashboard").json["total_calls"] == 1
            }
            try await api.delete("/api/clients/\(id)").expect(200)
            try await Refused("GET", "/api/clients/\(id)", nil, 404, "Client not found").expect(api)
            try await Refused("DELETE", "/api/clients/\(id)", nil, 404, "Client not found").expect(api)
            try await Refused("PUT", "/api/clients/\(id)", ["name": "Back"], 404, "Client not found").expect(api)
            try await Refused("GET", "/api/analytics/client/\(id)/stats", nil, 404, "Client not found").expect(api)

            // Calls learn of it by an event.
            try await eventually(within: .seconds(1), "a call for the deleted client is refused") {
                try await api.post("/api/calls", ["client_id": JSON(id)]).status == 404
            }
            try await Refused("POST", "/api/calls", ["client_id": JSON(id)], 404, "Client not found").expect(api)

            let list = try await api.get("/api/calls").json
            #expect(list["calls"].array?.contains { $0["id"].string == call } == true)
            #expect(list["calls"].array?.first { $0["id"].string == call }?["client_name"] == "Gone")
            #expect(try await api.get("/api/calls/\(call)").expect(200).json["call"]["client_id"].string == id)
            #expect(try await api.get("/api/calls/export").text.contains(call))

            let again = try await api.createClient(name: "New", phone: phone)
            #expect(again != id)
            try await eventually(within: .seconds(1), "one client, and the old call still counted") {
                let totals = try await api.get("/api/analytics/dashboard").json
                return totals["total_clients"] == 1 && (totals["total_calls"].int ?? 0) >= 1
            }
        }

        @Test func `a new name of a client shows in the list of calls within a second`() async throws {
            let api = try await Running.person()
            let id = try await api.createClient(name: "Before", phone: Phones.next())
            _ = try await api.logCall(clientID: id)
            try await api.put("/api/clients/\(id)", ["name": "After"]).expect(200)
            try await eventually(within: .seconds(1), "the new name is listed") {
                try await api.get("/api/calls").json["calls"][0]["client_name"] == "After"
            }
        }
    }
}

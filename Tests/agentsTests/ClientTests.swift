import Bus
import Contracts
import Foundation
import Testing

@testable import agents

@Suite struct `A client` {
    private let now = Timestamp(microseconds: 1_780_000_000_000_000)
    private let id = ClientID(UUID())

    private func made(_ request: CreateClient) throws -> Client {
        try Client.made(by: request, id: id, at: now)
    }

    private func fault(_ body: () throws -> Client) -> Fault? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? Fault
        }
    }

    @Test func `is made of a name and a phone number`() throws {
        let client = try made(CreateClient(name: "  Rossi Dental ", phoneNumber: " +1 (555) 0100 "))
        #expect(
            client.record
                == ClientRecord(
                    id: id, name: "Rossi Dental", phoneNumber: "+1 (555) 0100", profession: nil, voiceName: "af_sarah",
                    voiceID: nil, systemPrompt: nil, agentID: nil, createdAt: now, isActive: true, version: 1))
        #expect(client.normalisedPhone == "+15550100")
    }

    @Test(arguments: [("", "+15550100"), ("  \n", "+15550100"), ("Rossi", ""), ("Rossi", "   "), ("", "")])
    func `is refused without a name or a number`(name: String, number: String) throws {
        let fault = try #require(fault { try made(CreateClient(name: name, phoneNumber: number)) })
        #expect(fault.entry == .clientIncomplete)
        #expect(fault.message == "Name and phone number required")
    }

    @Test func `is refused with a number that is none`() throws {
        let fault = try #require(fault { try made(CreateClient(name: "Rossi", phoneNumber: "call me")) })
        #expect(fault.entry == .inputInvalid)
        #expect(fault.field == "phone_number")
    }

    @Test(arguments: [
        ("name", 200), ("phone_number", 64), ("profession", 200), ("voice_name", 100), ("voice_id", 100),
        ("system_prompt", 32_000),
    ])
    func `has texts of a bounded length`(field: String, longest: Int) throws {
        func request(_ count: Int) -> CreateClient {
            let text = String(repeating: "é", count: count)
            var request = CreateClient(name: "Rossi", phoneNumber: "+15550100")
            switch field {
            case "name": request.name = text
            case "phone_number": request.phoneNumber = "1234" + String(repeating: " ", count: count - 8) + "5678"
            case "profession": request.profession = text
            case "voice_name": request.voiceName = text
            case "voice_id": request.voiceID = text
            default: request.systemPrompt = text
            }
            return request
        }
        #expect(throws: Never.self) { try made(request(longest)) }
        let fault = try #require(fault { try made(request(longest + 1)) })
        #expect(fault.entry == .inputInvalid)
        #expect(fault.field == field)
    }

    @Test func `counts characters as PostgreSQL does`() {
        let flag = "🇨🇭"  // one grapheme of two scalars
        let name = String(repeating: flag, count: 101)
        #expect(fault { try made(CreateClient(name: name, phoneNumber: "+15550100")) }?.field == "name")
    }

    @Test func `is refused with a NUL character, which cannot be stored`() {
        #expect(fault { try made(CreateClient(name: "Ro\0ssi", phoneNumber: "+15550100")) }?.field == "name")
    }

    @Test func `changes only what a request names`() throws {
        let client = try made(
            CreateClient(
                name: "Rossi", phoneNumber: "+15550100", profession: "dentist", voiceName: "am_adam", voiceID: "v1",
                systemPrompt: "Be kind."))
        let changed = try client.changed(by: UpdateClient(id: id, phoneNumber: "+1 555 0199"))
        var expected = client
        expected.record.phoneNumber = "+1 555 0199"
        expected.record.version = 2
        expected.normalisedPhone = "+15550199"
        #expect(changed == expected)
    }

    @Test func `is emptied of optional texts by empty ones`() throws {
        let client = try made(
            CreateClient(
                name: "Rossi", phoneNumber: "+15550100", profession: "dentist", voiceName: "am_adam", voiceID: "v1",
                systemPrompt: "Be kind.", agentID: AgentID(UUID())))
        let changed = try client.changed(
            by: UpdateClient(
                id: id, profession: "", voiceName: " ", voiceID: "", systemPrompt: "", clearsAgent: true)
        ).record
        #expect(changed.profession == nil && changed.voiceID == nil && changed.systemPrompt == nil)
        #expect(changed.voiceName == "af_sarah")
        #expect(changed.agentID == nil)
    }

    @Test func `keeps its name and its number`() throws {
        let client = try made(CreateClient(name: "Rossi", phoneNumber: "+15550100"))
        #expect(fault { try client.changed(by: UpdateClient(id: id, name: " ")) }?.entry == .clientIncomplete)
        #expect(fault { try client.changed(by: UpdateClient(id: id, phoneNumber: "")) }?.entry == .clientIncomplete)
    }

    @Test func `has the same version after a change that changes nothing`() throws {
        let client = try made(CreateClient(name: "Rossi", phoneNumber: "+15550100"))
        #expect(try client.changed(by: UpdateClient(id: id, name: "Rossi ")) == client)
        #expect(try client.changed(by: UpdateClient(id: id)) == client)
    }
}

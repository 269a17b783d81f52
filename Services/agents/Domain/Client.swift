import Bus
import Contracts

/// A client as it is kept: what others see of it, and the form in which its phone number is unique.
struct Client: Sendable, Equatable {
    var record: ClientRecord
    /// `PhoneNumber.normalised` of the record's phone number.
    var normalisedPhone: String

    static let defaultVoice = "af_sarah"
}

extension Client {
    /// A new client.
    /// - Throws: `.clientIncomplete`, `.inputInvalid`.
    static func made(by request: CreateClient, id: ClientID, at now: Timestamp) throws(Fault) -> Client {
        let name = try ClientField.name.required(request.name)
        let phone = try ClientField.phoneNumber.phoneNumber(request.phoneNumber)
        let record = ClientRecord(
            id: id, name: name, phoneNumber: phone.given,
            profession: try ClientField.profession.optional(request.profession),
            voiceName: try ClientField.voiceName.optional(request.voiceName) ?? defaultVoice,
            voiceID: try ClientField.voiceID.optional(request.voiceID),
            systemPrompt: try ClientField.systemPrompt.optional(request.systemPrompt), agentID: request.agentID,
            createdAt: now, isActive: true, version: 1)
        return Client(record: record, normalisedPhone: phone.normalised)
    }

    /// This client after a change; the same one, version included, when the request changes nothing.
    /// - Throws: `.clientIncomplete`, `.inputInvalid`.
    func changed(by request: UpdateClient) throws(Fault) -> Client {
        var next = self
        if let name = request.name { next.record.name = try ClientField.name.required(name) }
        if let phoneNumber = request.phoneNumber {
            let phone = try ClientField.phoneNumber.phoneNumber(phoneNumber)
            next.record.phoneNumber = phone.given
            next.normalisedPhone = phone.normalised
        }
        if let profession = request.profession {
            next.record.profession = try ClientField.profession.optional(profession)
        }
        if let voiceName = request.voiceName {
            next.record.voiceName = try ClientField.voiceName.optional(voiceName) ?? Self.defaultVoice
        }
        if let voiceID = request.voiceID { next.record.voiceID = try ClientField.voiceID.optional(voiceID) }
        if let systemPrompt = request.systemPrompt {
            next.record.systemPrompt = try ClientField.systemPrompt.optional(systemPrompt)
        }
        if let agentID = request.agentID { next.record.agentID = agentID }
        if request.clearsAgent { next.record.agentID = nil }
        if next != self { next.record.version += 1 }
        return next
    }

    /// This client after its deletion.
    func deleted() -> Client {
        var next = self
        next.record.isActive = false
        next.record.version += 1
        return next
    }
}

import Bus

/// How the sound of a recording is stored.
package enum RecordingFormat: String, Sendable, Codable, CaseIterable {
    case wav
    case mp3
    case ogg
}

/// The recording of one call. Its bytes lie among the stack's objects and never cross the bus.
package struct Recording: BusMessage, Codable, Equatable {
    package var callID: CallID
    /// Among the objects of recordings.
    package var key: String
    package var format: RecordingFormat
    package var sizeBytes: Int
    /// 32 bytes.
    package var sha256: [UInt8]
    /// Nil when the bytes do not tell it.
    package var durationMS: Int?
    package var createdAt: Timestamp

    package init(
        callID: CallID, key: String, format: RecordingFormat, sizeBytes: Int, sha256: [UInt8], durationMS: Int?,
        createdAt: Timestamp
    ) {
        self.callID = callID
        self.key = key
        self.format = format
        self.sizeBytes = sizeBytes
        self.sha256 = sha256
        self.durationMS = durationMS
        self.createdAt = createdAt
    }
}

/// Before the bytes of a recording are stored: under which key.
/// - Faults: `.callNotFound`.
package struct BeginRecording: BusRequest, Codable {
    package static let subject: Subject = "calls.begin-recording.v1"
    package static let priority = AdmissionPriority.ingest
    package static let isRepeatable = true
    package typealias Reply = RecordingPlace

    package var callID: CallID

    package init(callID: CallID) {
        self.callID = callID
    }
}

/// Where the bytes of one upload go.
package struct RecordingPlace: BusMessage, Codable, Equatable {
    /// Never given twice; of no use after 12 hours.
    package var key: String

    package init(key: String) {
        self.key = key
    }
}

/// After the bytes are stored and verified: they are the call's recording from now on, in place of an earlier one. Of
/// two uploads the one that was begun last stays, so that asking again changes nothing.
/// - Faults: `.callNotFound`; `.inputInvalid` for a key that was not given for this call, or too long ago.
package struct ConfirmRecording: BusRequest, Codable {
    package static let subject: Subject = "calls.confirm-recording.v1"
    package static let priority = AdmissionPriority.ingest
    package static let isRepeatable = true
    package typealias Reply = CallRecording

    package var callID: CallID
    package var key: String
    package var format: RecordingFormat
    /// At least 1.
    package var sizeBytes: Int
    /// 32 bytes.
    package var sha256: [UInt8]
    package var durationMS: Int?

    package init(
        callID: CallID, key: String, format: RecordingFormat, sizeBytes: Int, sha256: [UInt8], durationMS: Int?
    ) {
        self.callID = callID
        self.key = key
        self.format = format
        self.sizeBytes = sizeBytes
        self.sha256 = sha256
        self.durationMS = durationMS
    }
}

/// The recording of a call of the caller's workspace.
/// - Faults: `.recordingNotFound`, also when there is no such call.
package struct GetRecording: BusRequest, Codable {
    package static let subject: Subject = "calls.get-recording.v1"
    package static let isRepeatable = true
    package typealias Reply = CallRecording

    package var callID: CallID
    /// Without it the transcript of the reply is empty.
    package var wantsTranscript: Bool

    package init(callID: CallID, wantsTranscript: Bool = true) {
        self.callID = callID
        self.wantsTranscript = wantsTranscript
    }
}

/// A recording with what its listeners want to know of the call.
package struct CallRecording: BusMessage, Codable, Equatable {
    package var recording: Recording
    /// Of the call, zero while it runs.
    package var callDurationMS: Int
    package var transcript: String
    package var agentID: AgentID?
    package var campaignID: CampaignID?
    /// Of the other party, as given; empty when not known.
    package var phoneNumber: String

    package init(
        recording: Recording, callDurationMS: Int, transcript: String, agentID: AgentID?, campaignID: CampaignID?,
        phoneNumber: String
    ) {
        self.recording = recording
        self.callDurationMS = callDurationMS
        self.transcript = transcript
        self.agentID = agentID
        self.campaignID = campaignID
        self.phoneNumber = phoneNumber
    }
}

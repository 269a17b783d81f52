import Bus

/// What may be said of a call, when it is first heard of and later. Nil says nothing.
package struct CallFields: Sendable, Codable, Equatable {
    package var clientID: ClientID?
    package var agentID: AgentID?
    package var campaignID: CampaignID?
    /// Of the other party, as given, at most 64 characters.
    package var phoneNumber: String?
    /// At most 200 characters.
    package var otherPartyName: String?
    /// The number that was shown to the other party, at most 64 characters.
    package var callerID: String?
    package var status: CallStatus?
    /// Whether it was a success; a completed call is one unless this was ever said otherwise.
    package var success: Bool?
    package var sentiment: Sentiment?
    /// 0 … 31 days.
    package var durationMS: Int?
    package var latencies: ComponentLatencies?
    package var costMicros: Int?
    package var endCategory: EndCategory?
    /// The carrier's own code of why it ended, at most 100 characters.
    package var endCode: String?
    /// At most 512 KiB.
    package var transcript: String?
    /// At most 16 384 characters.
    package var summary: String?
    /// At most 50 of at most 100 characters.
    package var emotions: [String]?
    package var keyPhrases: [String]?
    /// At most 2000 characters.
    package var errorMessage: String?
    /// Where the recording lies when it is not kept here, at most 2048 characters.
    package var recordingURL: String?
    /// 1–5, by the other party.
    package var rating: Int?
    /// What was made out of what was said.
    package var analysis: CallAnalysis?

    package init() {}
}

/// What was made out of what was said in a call, and by whom.
package struct CallAnalysis: Sendable, Codable, Equatable {
    /// At most 20, the foremost first.
    package var topics: [String]
    /// What the other party wanted, in a word or two; empty when that is not clear.
    package var intent: String
    /// 0–1000: how well what they wanted was settled.
    package var qualityPermille: Int
    /// `local`, or who runs the language model; with its name and its version.
    package var provider: String
    package var model: String
    package var version: String

    package init(
        topics: [String], intent: String, qualityPermille: Int, provider: String, model: String, version: String
    ) {
        self.topics = topics
        self.intent = intent
        self.qualityPermille = qualityPermille
        self.provider = provider
        self.model = model
        self.version = version
    }

    init(from reader: inout MessageReader) throws {
        topics = try (0..<reader.readCount()).map { _ in try reader.read() }
        intent = try reader.read()
        qualityPermille = try reader.read()
        provider = try reader.read()
        model = try reader.read()
        version = try reader.read()
    }

    func write(to writer: inout MessageWriter) {
        writer.write(count: topics.count)
        for topic in topics { writer.write(topic) }
        writer.write(intent)
        writer.write(qualityPermille)
        writer.write(provider)
        writer.write(model)
        writer.write(version)
    }
}

/// What is known of a call beside its facts and its transcript.
package struct CallDetails: Sendable, Codable, Equatable {
    package var callerID: String
    package var summary: String
    package var emotions: [String]
    package var keyPhrases: [String]
    package var errorMessage: String?
    /// Nil before it was made; told where long texts are.
    package var analysis: CallAnalysis?

    package init(
        callerID: String = "", summary: String = "", emotions: [String] = [], keyPhrases: [String] = [],
        errorMessage: String? = nil, analysis: CallAnalysis? = nil
    ) {
        self.analysis = analysis
        self.callerID = callerID
        self.summary = summary
        self.emotions = emotions
        self.keyPhrases = keyPhrases
        self.errorMessage = errorMessage
    }

    init(from reader: inout MessageReader) throws {
        callerID = try reader.read()
        summary = try reader.read()
        emotions = try (0..<reader.readCount()).map { _ in try reader.read() }
        keyPhrases = try (0..<reader.readCount()).map { _ in try reader.read() }
        errorMessage = try reader.readOptional(String.self)
        analysis = try reader.readOptional { try CallAnalysis(from: &$0) }
    }

    func write(to writer: inout MessageWriter) {
        writer.write(callerID)
        writer.write(summary)
        writer.write(count: emotions.count)
        for emotion in emotions { writer.write(emotion) }
        writer.write(count: keyPhrases.count)
        for phrase in keyPhrases { writer.write(phrase) }
        writer.write(optional: errorMessage)
        writer.write(optional: analysis) { $1.write(to: &$0) }
    }
}

/// Record a call from whatever moment of its life on: one that begins, runs or has ended.
/// - Faults: `.inputInvalid`, `.clientNotFound`, `.agentNotFound`, `.campaignNotFound` (also when another workspace's),
///   `.keyReused` (the id or the key stands for another call), `.overloaded` (nothing stored), `.outcomeUnknown` (retry
///   with the same id).
package struct RecordCall: BusRequest, Codable {
    package static let subject: Subject = "calls.record-call.v1"
    package static let priority = AdmissionPriority.ingest
    package static let isRepeatable = true
    package typealias Reply = RecordedCall

    /// Chosen by the asker, so that a retried ask cannot store a second call.
    package var id: CallID
    /// What the request's idempotency key stands for; no second call is ever stored under it.
    package var keyID: CallID?
    /// `initiated` when it says no status.
    package var fields: CallFields
    /// When it began, not in the future; nil: now.
    package var createdAt: Timestamp?
    /// Made by the simulated carrier; only a service may say so.
    package var isSimulated: Bool

    package init(
        id: CallID, keyID: CallID? = nil, fields: CallFields, createdAt: Timestamp? = nil, isSimulated: Bool = false
    ) {
        self.id = id
        self.keyID = keyID
        self.fields = fields
        self.createdAt = createdAt
        self.isSimulated = isSimulated
    }
}

/// A call that is recorded, as it stands now.
package struct RecordedCall: BusMessage, Codable, Equatable {
    package var call: CallRecord
    /// It had been recorded before, by the same request.
    package var isReplayed: Bool

    package init(call: CallRecord, isReplayed: Bool) {
        self.call = call
        self.isReplayed = isReplayed
    }
}

/// Change a call that was recorded before. Its status only moves forward: initiated → ringing → connected → completed or
/// failed; the same again changes nothing.
/// - Faults: `.callNotFound`, `.inputInvalid`, `.statusBackwards`, `.versionChanged`, and those of `RecordCall` for what it names.
package struct ChangeCall: BusRequest, Codable {
    package static let subject: Subject = "calls.change-call.v1"
    package static let priority = AdmissionPriority.ingest
    package static let isRepeatable = true
    package typealias Reply = CallRecord

    package var id: CallID
    package var fields: CallFields
    /// Refuse unless the call has this version.
    package var expectedVersion: Int?

    package init(id: CallID, fields: CallFields, expectedVersion: Int? = nil) {
        self.id = id
        self.fields = fields
        self.expectedVersion = expectedVersion
    }
}

/// Delete a call for good: its content goes, the statistics follow, its id is never used again.
/// - Faults: `.callNotFound`, also when it is deleted already; `.versionChanged`.
package struct DeleteCall: BusRequest, Codable {
    package static let subject: Subject = "calls.delete-call.v1"
    package typealias Reply = Done

    package var id: CallID
    package var expectedVersion: Int?

    package init(id: CallID, expectedVersion: Int? = nil) {
        self.id = id
        self.expectedVersion = expectedVersion
    }
}

import Bus
import Contracts

/// What a call may hold.
enum CallLimits {
    static let phoneCharacters = 64
    static let nameCharacters = 200
    static let durationMS = 31 * 24 * 3600 * 1000
    static let latencyMicros = 3_600_000_000
    static let transcriptBytes = 512 * 1024
    static let urlCharacters = 2048
    static let notesCharacters = 16_384
    static let errorCharacters = 2000
    /// Emotions and key phrases of one call.
    static let labelCount = 50
    static let labelCharacters = 100
    static let costMicros = 1_000_000_000_000
    /// How far a clock of another machine may go ahead.
    static let clockSkewSeconds = 60

    /// - Throws: `.inputInvalid` naming the first field that is out of range.
    static func check(_ call: LogCall, at now: Timestamp) throws {
        try check(text: call.callerPhone, "caller_phone", characters: phoneCharacters)
        try check(text: call.callerName, "caller_name", characters: nameCharacters)
        try check(recordingURL: call.recordingURL)
        try check(text: call.notes ?? "", "notes", characters: notesCharacters)
        guard call.transcript.utf8.count <= transcriptBytes else {
            throw Fault(.inputInvalid, "transcript must be at most \(transcriptBytes) bytes", field: "transcript")
        }
        guard !call.transcript.holdsNUL else { throw nullCharacter("transcript") }
        guard (0...durationMS).contains(call.durationMS) else {
            throw Fault(.inputInvalid, "duration_seconds must be from 0 to 31 days", field: "duration_seconds")
        }
        try check(latency: call.latencies.sttMicros, "stt_latency_ms")
        try check(latency: call.latencies.llmMicros, "llm_latency_ms")
        try check(latency: call.latencies.ttsMicros, "tts_latency_ms")
        try check(createdAt: call.createdAt, at: now)
    }

    /// - Throws: `.inputInvalid` for a moment that is yet to come.
    static func check(createdAt: Timestamp?, at now: Timestamp) throws {
        guard let createdAt, createdAt > now.adding(seconds: clockSkewSeconds) else { return }
        throw Fault(.inputInvalid, "created_at must not be in the future", field: "created_at")
    }

    /// - Throws: `.inputInvalid` naming the first field that is out of range.
    static func check(_ fields: CallFields) throws {
        try check(text: fields.phoneNumber ?? "", "phone_number", characters: phoneCharacters)
        guard fields.phoneNumber?.trimmed.isEmpty != true else {
            throw Fault(.inputInvalid, "phone_number must not be empty", field: "phone_number")
        }
        try check(text: fields.callerID ?? "", "caller_id", characters: phoneCharacters)
        try check(text: fields.otherPartyName ?? "", "caller_name", characters: nameCharacters)
        try check(recordingURL: fields.recordingURL)
        try check(text: fields.summary ?? "", "summary", characters: notesCharacters)
        try check(text: fields.errorMessage ?? "", "error_message", characters: errorCharacters)
        try check(text: fields.endCode ?? "", "end_code", characters: labelCharacters)
        try check(labels: fields.emotions, "emotions")
        try check(labels: fields.keyPhrases, "key_phrases")
        guard (fields.transcript ?? "").utf8.count <= transcriptBytes else {
            throw Fault(.inputInvalid, "transcript must be at most \(transcriptBytes) bytes", field: "transcript")
        }
        guard fields.transcript?.holdsNUL != true else { throw nullCharacter("transcript") }
        guard (0...durationMS).contains(fields.durationMS ?? 0) else {
            throw Fault(.inputInvalid, "duration_seconds must be from 0 to 31 days", field: "duration_seconds")
        }
        guard (0...costMicros).contains(fields.costMicros ?? 0) else {
            throw Fault(.inputInvalid, "cost must be from 0 to 1000000", field: "cost")
        }
        try check(latency: fields.latencies?.sttMicros, "stt_latency_ms")
        try check(latency: fields.latencies?.llmMicros, "llm_latency_ms")
        try check(latency: fields.latencies?.ttsMicros, "tts_latency_ms")
    }

    /// Pages link it: an address of another scheme than these might run as a script there.
    private static func check(recordingURL: String?) throws {
        guard let text = recordingURL else { return }
        try check(text: text, "recording_url", characters: urlCharacters)
        if text.utf8.starts(with: "https://".utf8) || text.utf8.starts(with: "http://".utf8) { return }
        // Browsers pass over white space and control characters in front of a scheme and within it.
        let read = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value > 0x20 && $0.value != 0x7F }))
        let scheme = read.prefix { $0.isLetter || $0.isNumber || "+-.".contains($0) }
        guard !scheme.isEmpty, read[scheme.endIndex...].first == ":" else { return }
        guard ["http", "https", "s3"].contains(scheme.lowercased()) else {
            throw Fault(
                .inputInvalid, "recording_url must be an http, https or s3 address", field: "recording_url")
        }
    }

    private static func check(labels: [String]?, _ field: String) throws {
        guard (labels?.count ?? 0) <= labelCount else {
            throw Fault(.inputInvalid, "\(field) must be at most \(labelCount) texts", field: field)
        }
        for label in labels ?? [] { try check(text: label, field, characters: labelCharacters) }
    }

    private static func check(text: String, _ field: String, characters: Int) throws {
        guard text.utf8.count <= characters || text.unicodeScalars.count <= characters else {
            throw Fault(.inputInvalid, "\(field) must be at most \(characters) characters", field: field)
        }
        guard !text.holdsNUL else { throw nullCharacter(field) }
    }

    private static func check(latency: Int?, _ field: String) throws {
        guard let latency else { return }
        guard (0...latencyMicros).contains(latency) else {
            throw Fault(.inputInvalid, "\(field) must be from 0 to 3600000", field: field)
        }
    }

    private static func nullCharacter(_ field: String) -> Fault {
        Fault(.inputInvalid, "\(field) must not contain a null character", field: field)
    }
}

import Contracts

/// What the simulated carrier makes of a call: the same for the same seed and call, whoever asks.
struct SimulatedOutcome: Sendable, Equatable {
    /// Until it rings, from its placing.
    let ringsAfterMS: Int
    /// Until somebody or something answers; nil when nobody does.
    let answersAfterMS: Int?
    /// Until it ends: 200–3000.
    let endsAfterMS: Int
    let category: EndCategory
    /// As if the call had taken its time; 0 when nobody answers.
    let durationMS: Int
    let sentiment: Sentiment?
    let costMicros: Int
    let transcript: String?
    let latencies: ComponentLatencies?

    var isCompleted: Bool { category == .completed }

    /// How many of a hundred calls end how.
    static let distribution: [(category: EndCategory, weight: UInt64)] = [
        (.completed, 70), (.noAnswer, 12), (.busy, 7), (.voicemail, 5), (.rejected, 3), (.invalidNumber, 2),
        (.carrierError, 1),
    ]
    private static let costMicrosPerMinute = 14_000

    init(seed: UInt64, callID: CallID) {
        var draw = Draw(seed: seed, callID: callID)
        endsAfterMS = Int(200 + draw.below(2801))
        ringsAfterMS = endsAfterMS / 5
        category = draw.category()
        let isAnswered = category == .completed || category == .voicemail
        answersAfterMS = isAnswered ? endsAfterMS / 2 : nil
        switch category {
        case .completed: durationMS = Int(15_000 + draw.below(285_001))
        case .voicemail: durationMS = Int(5000 + draw.below(20_001))
        default: durationMS = 0
        }
        costMicros = durationMS * Self.costMicrosPerMinute / 60_000
        guard category == .completed else {
            (sentiment, transcript, latencies) = (nil, nil, nil)
            return
        }
        let mood: Sentiment = [.positive, .positive, .neutral, .neutral, .negative][Int(draw.below(5))]
        sentiment = mood
        transcript = Self.transcript(mood)
        latencies = ComponentLatencies(
            sttMicros: Int(80_000 + draw.below(120_000)), llmMicros: Int(250_000 + draw.below(500_000)),
            ttsMicros: Int(90_000 + draw.below(150_000)))
    }

    private static func transcript(_ mood: Sentiment) -> String {
        let answer =
            switch mood {
            case .positive: "Yes, that suits me well, thank you!"
            case .neutral: "I will think about it."
            case .negative: "No, I am not interested."
            }
        return "Agent: Hello, is this a good moment?\nUser: \(answer)\nAgent: Thank you for your time. Goodbye."
    }

    /// What is said of the call when it ends.
    var end: CallFields {
        var fields = CallFields()
        fields.status = isCompleted ? .completed : .failed
        fields.endCategory = category
        fields.endCode = category.rawValue
        fields.durationMS = durationMS
        fields.costMicros = costMicros
        fields.sentiment = sentiment
        fields.transcript = transcript
        fields.latencies = latencies
        return fields
    }
}

/// Numbers that follow from a seed and a call (SplitMix64).
private struct Draw {
    private var state: UInt64

    init(seed: UInt64, callID: CallID) {
        state = seed
        withUnsafeBytes(of: callID.uuid.uuid) { bytes in
            for word in stride(from: 0, to: 16, by: 8) {
                let bits = bytes.loadUnaligned(fromByteOffset: word, as: UInt64.self).bigEndian
                state = Draw.mixed(state ^ bits)
            }
        }
    }

    private static func mixed(_ bits: UInt64) -> UInt64 {
        var bits = bits &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }

    mutating func below(_ bound: UInt64) -> UInt64 {
        state = Draw.mixed(state)
        return state % bound
    }

    mutating func category() -> EndCategory {
        var rest = below(SimulatedOutcome.distribution.reduce(0) { $0 + $1.weight })
        for (category, weight) in SimulatedOutcome.distribution {
            if rest < weight { return category }
            rest -= weight
        }
        return .completed
    }
}

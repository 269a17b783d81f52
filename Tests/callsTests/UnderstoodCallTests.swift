import Contracts
import Foundation
import Testing

@testable import calls

struct UnderstoodCallTests {
    private let found = ConversationAnalysis(
        summary: "s", sentiment: .negative, emotions: ["anger"], keyPhrases: ["Wrong bill"], topics: ["billing"],
        intent: "complaint", qualityPermille: 1200, provider: "openai-compatible", model: "m", version: "1",
        costMicros: 40)

    private func call(_ channel: CallChannel) -> CallState {
        var state = CallState(startedAt: .now(), isSimulated: false)
        state.facts.channel = channel
        state.facts.costMicros = 2
        return state
    }

    @Test func `what thinking of a chat costs is part of its cost, a call costs what it was said to`() {
        #expect(call(.chat).understood(as: found).facts.costMicros == 42)
        #expect(call(.phone).understood(as: found).facts.costMicros == 2)
    }

    @Test func `nothing that was found is longer than what anybody may state`() {
        // One character of a hundred thousand scalars.
        let mark = "a" + String(String.UnicodeScalarView(repeatElement("\u{0E38}", count: 100_000)))
        var monstrous = found
        (monstrous.summary, monstrous.intent, monstrous.model) = (mark, mark, mark)
        (monstrous.emotions, monstrous.keyPhrases, monstrous.topics) = ([mark], ["a\0b", mark], [mark])
        let state = call(.chat).understood(as: monstrous)
        #expect(state.details.summary.unicodeScalars.count == CallLimits.notesCharacters)
        #expect(state.details.keyPhrases[0] == "ab")
        for text in state.details.emotions + state.details.keyPhrases + state.facts.phrases
            + (state.details.analysis?.topics ?? [])
        {
            #expect(text.unicodeScalars.count <= CallLimits.labelCharacters)
        }
        #expect((state.details.analysis?.intent.unicodeScalars.count ?? 0) <= CallLimits.labelCharacters)
    }

    @Test func `what was found is bounded and counted by its keys`() {
        let state = call(.chat).understood(as: found)
        #expect(state.details.analysis?.qualityPermille == 1000)
        #expect(state.facts.phrases == ["wrong bill"] && state.facts.sentiment == .negative)
    }
}

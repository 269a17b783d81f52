import Foundation

/// Reads one answer of a model as it comes, as a stream of events or as one JSON object.
struct ChatReading {
    /// Characters of an answer; what is longer is cut.
    static let mostCharacters = 16_000
    /// Bytes of everything that a server sends for one answer.
    static let mostBytes = 4_194_304

    private let isStream: Bool
    private var events: ServerSentEvents
    private var whole: [UInt8] = []
    private var readBytes = 0
    private var characters = 0

    private(set) var text = ""
    private(set) var model: String?
    private(set) var usage: ChatUsage?
    private(set) var isCut = false
    /// The server has said that the answer ends here.
    private(set) var isDone = false
    private var isFinished = false

    /// - Parameter mostLineBytes: of one line of the stream.
    init(isStream: Bool, mostLineBytes: Int = 262_144) {
        self.isStream = isStream
        events = ServerSentEvents(mostBytes: mostLineBytes)
    }

    /// What bytes of the answer bring.
    struct Gain: Equatable {
        /// Text to go on with.
        var pieces: [String] = []
        var isProgress = false
    }

    mutating func feed(_ bytes: some Collection<UInt8>) throws(ProviderFailure) -> Gain {
        readBytes += bytes.count
        guard readBytes <= Self.mostBytes else { throw .malformed("more than \(Self.mostBytes) bytes") }
        guard isStream else {
            whole.append(contentsOf: bytes)
            return Gain(isProgress: true)
        }
        var gain = Gain()
        do {
            for event in try events.feed(bytes) { try take(event, &gain) }
        } catch is ServerSentEvents.TooLong {
            throw .malformed("a line that is too long")
        } catch let failure as ProviderFailure {
            throw failure
        } catch {
            throw .malformed("\(error)")
        }
        return gain
    }

    /// The server has sent everything.
    mutating func finish() throws(ProviderFailure) -> Gain {
        var gain = Gain()
        if isStream {
            let rest: String?
            do { rest = try events.finish() } catch { throw .malformed("a line that is too long") }
            if let rest { try take(rest, &gain) }
            guard isDone || isFinished || isCut else { throw .broken("the stream ended in the middle") }
        } else {
            try take(String(decoding: whole, as: UTF8.self), &gain)
        }
        guard text.contains(where: { !$0.isWhitespace }) else { throw .empty }
        return gain
    }

    private mutating func take(_ event: String, _ gain: inout Gain) throws(ProviderFailure) {
        guard !isDone else { return }
        if event.trimmingCharacters(in: .whitespaces) == "[DONE]" {
            isDone = true
            return
        }
        let chunk: ChatChunk
        do {
            chunk = try JSONDecoder().decode(ChatChunk.self, from: Data(event.utf8))
        } catch {
            throw .malformed("an event that is no completion")
        }
        if chunk.error != nil { throw .refused(status: 500, detail: "an error inside of the answer") }
        guard chunk.choices != nil || chunk.usage != nil else { throw .malformed("an object that is no completion") }
        if let name = chunk.model, !name.isEmpty { model = String(name.prefix(100)) }
        usage = chunk.usageOfAnswer ?? usage
        gain.isProgress = gain.isProgress || chunk.isProgress
        if let piece = (chunk.choice?.delta ?? chunk.choice?.message)?.content { add(piece, &gain) }
        if let reason = chunk.choice?.finishReason {
            isFinished = true
            if reason == "length" { isCut = true }
        }
    }

    private mutating func add(_ given: String, _ gain: inout Gain) {
        // No text that is kept has a null character.
        let piece = String(String.UnicodeScalarView(given.unicodeScalars.filter { $0.value != 0 }))
        let left = Self.mostCharacters - characters
        let fitting = piece.count > left ? String(piece.prefix(left)) : piece
        if fitting.count < piece.count {
            isCut = true
            isDone = true
        }
        guard !fitting.isEmpty else { return }
        characters += fitting.count
        text += fitting
        gain.pieces.append(fitting)
    }
}

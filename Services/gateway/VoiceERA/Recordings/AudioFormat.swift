import Contracts
import Hummingbird

/// What the first bytes of a recording say of it.
struct AudioFormat: Equatable {
    /// Enough to find a format and a WAV's header in.
    static let headBytes = 4096

    let format: RecordingFormat
    /// Of a WAV without compression: bytes of one second of sound, and where the sound begins.
    private var wave: (bytesPerSecond: Int, start: Int)?

    /// Nil when the bytes are neither WAV nor MP3 nor OGG.
    init?(_ head: ByteBuffer) {
        let bytes = Array(head.readableBytesView.prefix(Self.headBytes))
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WAVE".utf8) {
            format = .wav
            wave = Self.wave(bytes)
        } else if bytes.starts(with: "OggS".utf8) {
            format = .ogg
        } else if bytes.starts(with: "ID3".utf8) || Self.isFrame(bytes) {
            format = .mp3
        } else {
            return nil
        }
    }

    /// Nil when only decoding could tell.
    func durationMS(sizeBytes: Int) -> Int? {
        guard let wave, sizeBytes > wave.start else { return nil }
        return (sizeBytes - wave.start) * 1000 / wave.bytesPerSecond
    }

    static func == (left: AudioFormat, right: AudioFormat) -> Bool { left.format == right.format }

    /// An MPEG audio frame's header of layer III, with values that stand for something.
    private static func isFrame(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 4, bytes[0] == 0xFF, bytes[1] & 0xE0 == 0xE0 else { return false }
        let (version, layer) = (bytes[1] >> 3 & 3, bytes[1] >> 1 & 3)
        let (bitRate, sampleRate) = (bytes[2] >> 4, bytes[2] >> 2 & 3)
        return version != 1 && layer == 1 && bitRate != 15 && bitRate != 0 && sampleRate != 3
    }

    /// Goes from chunk to chunk: `fmt ` says how much a second takes, `data` is the sound.
    private static func wave(_ bytes: [UInt8]) -> (bytesPerSecond: Int, start: Int)? {
        func number(_ place: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) } }
        var place = 12
        var bytesPerSecond = 0
        while place + 8 <= bytes.count {
            let name = bytes[place..<place + 4]
            if name.elementsEqual("data".utf8) { return bytesPerSecond > 0 ? (bytesPerSecond, place + 8) : nil }
            if name.elementsEqual("fmt ".utf8), place + 20 <= bytes.count { bytesPerSecond = number(place + 16) }
            let size = number(place + 4)
            place += 8 + size + size % 2
        }
        return nil
    }
}

extension RecordingFormat {
    var contentType: String {
        switch self {
        case .wav: "audio/wav"
        case .mp3: "audio/mpeg"
        case .ogg: "audio/ogg"
        }
    }

    static let contentTypes = allCases.map(\.contentType)
}

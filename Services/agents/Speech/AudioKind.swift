/// A kind of audio file, known by its first bytes and not by what its sender calls it.
enum AudioKind: String, Sendable, CaseIterable {
    case wav
    case flac
    case ogg
    case mp3
    case webm
    case m4a

    /// Nil for anything else.
    init?(_ bytes: some Collection<UInt8>) {
        let head = Array(bytes.prefix(16))
        func has(_ text: String, at place: Int) -> Bool { head.dropFirst(place).starts(with: text.utf8) }
        if has("RIFF", at: 0), has("WAVE", at: 8) {
            self = .wav
        } else if has("fLaC", at: 0) {
            self = .flac
        } else if has("OggS", at: 0) {
            self = .ogg
        } else if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
            self = .webm
        } else if has("ftyp", at: 4) {
            self = .m4a
        } else if has("ID3", at: 0) || (head.count > 1 && head[0] == 0xFF && head[1] & 0xE6 == 0xE2) {
            // A frame's sync bits, of layer III.
            self = .mp3
        } else {
            return nil
        }
    }

    var mediaType: String {
        switch self {
        case .wav: "audio/wav"
        case .flac: "audio/flac"
        case .ogg: "audio/ogg"
        case .mp3: "audio/mpeg"
        case .webm: "audio/webm"
        case .m4a: "audio/mp4"
        }
    }
}

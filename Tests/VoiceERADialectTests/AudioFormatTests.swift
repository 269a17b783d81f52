import Contracts
import Hummingbird
import Testing

@testable import VoiceERADialect

struct AudioFormatTests {
    private func format(_ bytes: [UInt8]) -> RecordingFormat? { AudioFormat(ByteBuffer(bytes: bytes))?.format }

    private func four(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

    private func wav(bytesPerSecond: Int, chunks: [UInt8] = [], data: Int) -> [UInt8] {
        Array("RIFF".utf8) + four(0) + Array("WAVEfmt ".utf8) + four(16) + [1, 0, 1, 0] + four(8000)
            + four(bytesPerSecond) + [2, 0, 16, 0] + chunks + Array("data".utf8) + four(data)
    }

    @Test func `the three formats are known by their first bytes`() {
        #expect(format(wav(bytesPerSecond: 16_000, data: 0)) == .wav)
        #expect(format(Array("ID3".utf8) + [4, 0]) == .mp3)
        #expect(format([0xFF, 0xFB, 0x90, 0x64]) == .mp3)
        #expect(format([0xFF, 0xF3, 0x40, 0xC0]) == .mp3)
        #expect(format(Array("OggS".utf8)) == .ogg)
    }

    @Test(
        arguments: [
            [], [0xFF], [0xFF, 0xFB, 0xF0, 0x64], [0xFF, 0xFB, 0x9C, 0x64], [0xFF, 0xF1, 0x50, 0x80],
            [0xFF, 0xD8, 0xFF, 0xE0],
            Array("RIFF....AVI ".utf8), Array("fLaC".utf8), Array("<!DOCTYPE html>".utf8), Array("MZ".utf8),
            Array(" RIFF....WAVE".utf8), [0xFF, 0xFE, 0x52, 0x00],
        ] as [[UInt8]])
    func `other bytes are no recording`(bytes: [UInt8]) {
        #expect(format(bytes) == nil)
    }

    @Test func `a WAV's header tells how long it is`() throws {
        let plain = try #require(AudioFormat(ByteBuffer(bytes: wav(bytesPerSecond: 16_000, data: 32_000))))
        #expect(plain.durationMS(sizeBytes: 44 + 32_000) == 2000)
        let list = Array("LIST".utf8) + four(3) + [1, 2, 3, 0]
        let other = try #require(
            AudioFormat(ByteBuffer(bytes: wav(bytesPerSecond: 8000, chunks: list, data: 4000))))
        #expect(other.durationMS(sizeBytes: 56 + 4000) == 500)
        for bytes in [
            wav(bytesPerSecond: 0, data: 100), Array(wav(bytesPerSecond: 16_000, data: 1).prefix(30)),
            wav(bytesPerSecond: 16_000, chunks: Array("LIST".utf8) + four(Int(UInt32.max)), data: 1),
        ] {
            #expect(AudioFormat(ByteBuffer(bytes: bytes))?.durationMS(sizeBytes: 1000) == nil)
        }
        #expect(AudioFormat(ByteBuffer(string: "OggS"))?.durationMS(sizeBytes: 1000) == nil)
    }
}

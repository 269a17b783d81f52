import Foundation
import TestSupport

/// Bodies of calls as a voice agent would send them.
enum CallText {
    /// - Parameter name: kept as the caller's name, so that the row can be found again.
    static func body(name: String, clientID: String, using generator: inout SeededGenerator) -> [String: JSON] {
        var body: [String: JSON] = [
            "client_id": JSON(clientID), "caller_name": JSON(name),
            "duration_seconds": .number(Double(Int.random(in: 0...600_000, using: &generator)) / 1000),
            "sentiment": JSON(["POSITIVE", "NEUTRAL", "NEGATIVE"].randomElement(using: &generator)!),
            "success": .bool(generator.chance(80)),
        ]
        if generator.chance(70) {
            body["caller_phone"] = "+1-555-0200"
            body["transcript"] = JSON(String(repeating: "Hello. ", count: Int.random(in: 1...60, using: &generator)))
            for component in ["stt", "llm", "tts"] {
                body["\(component)_latency_ms"] = JSON(Int.random(in: 1...900, using: &generator))
            }
        }
        if generator.chance(50) {
            let seconds = TimeInterval(Int.random(in: 60...2_000_000, using: &generator))
            body["created_at"] = JSON(Date(timeIntervalSinceNow: -seconds).formatted(.iso8601))
        }
        return body
    }

    /// The same call with something that makes it wrong.
    static func spoiled(_ body: [String: JSON], using generator: inout SeededGenerator) -> [String: JSON] {
        var spoiled = body
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: spoiled["client_id"] = JSON(id(using: &generator))
        case 1: spoiled["duration_seconds"] = -1
        default: spoiled["sentiment"] = "delighted"
        }
        return spoiled
    }

    /// A UUID of version 4.
    static func id(using generator: inout SeededGenerator) -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.load(as: uuid_t.self)) }.uuidString.lowercased()
    }
}

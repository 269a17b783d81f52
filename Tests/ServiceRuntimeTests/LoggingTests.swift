import Foundation
import Logging
import Testing

@testable import ServiceRuntime

struct LoggingTests {
    private func line(
        _ message: String, _ metadata: Logger.Metadata = [:], format: LogFormat = .json, level: Logger.Level = .info
    ) -> String {
        let time = LogTimestamp(seconds: 1_772_355_907, microseconds: 123)
        let line = LogLine(time: time, level: level, service: "calls", message: message, metadata: metadata)
        return String(decoding: line.rendered(as: format), as: UTF8.self)
    }

    @Test func `a line is one JSON object with its fields first`() throws {
        let text = line("hello", ["zone": "x", "request_id": "r1", "trace_id": "t1", "count": .stringConvertible(3)])
        #expect(
            text == #"{"ts":"2026-03-01T09:05:07.000123Z","level":"info","service":"calls","msg":"hello","#
                + #""request_id":"r1","trace_id":"t1","count":3,"zone":"x"}"# + "\n")
    }

    @Test func `whatever a message holds, the line stays one JSON object`() throws {
        let nasty = (0..<0x100).map { String(UnicodeScalar(UInt8($0))) }.joined() + "\u{2028}😀\"\\"
        let text = line(nasty, ["k\"ey": .string(nasty), "level": "mine"])
        #expect(text.filter { $0 == "\n" }.count == 1)
        let object = try jsonObject(text)
        #expect(object["msg"] as? String == nasty)
        #expect(object["k\"ey"] as? String == nasty)
        #expect(object["_level"] as? String == "mine")
    }

    @Test func `nested metadata is nested JSON`() throws {
        let object = try jsonObject(
            line("m", ["a": ["x", ["y": .stringConvertible(true)]], "b": .stringConvertible(0.5)]))
        let list = try #require(object["a"] as? [Any])
        #expect(list.first as? String == "x")
        #expect((list.last as? [String: Any])?["y"] as? Bool == true)
        #expect(object["b"] as? Double == 0.5)
    }

    @Test func `metadata nested without end is cut`() throws {
        var value = Logger.MetadataValue.string("deep")
        for _ in 0..<100 { value = ["k": value] }
        _ = try jsonObject(line("m", ["a": value]))
    }

    @Test(arguments: [LogFormat.json, .text], ["a", "é", "\u{1}", "😀", "\""])
    func `a line fits a pipe's atomic write`(format: LogFormat, filler: String) throws {
        let long = String(repeating: filler, count: 9000)
        let metadata = Logger.Metadata(uniqueKeysWithValues: (0..<50).map { ("k\($0)", .string(long)) })
        let text = line(long, metadata, format: format)
        #expect(text.utf8.count <= 4096)
        if format == .json { #expect(try jsonObject(text)["truncated"] as? Bool == true) }
    }

    @Test func `text shows no control character`() {
        let text = line("two\nlines\u{1B}[31m", ["k": "a b", "e": ""], format: .text, level: .warning)
        #expect(text == #"2026-03-01T09:05:07.000123Z warning  calls: two\nlines\u{1B}[31m e="" k="a b""# + "\n")
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (951_782_400, "2000-02-29T00:00:00.000000Z"),
        (4_102_444_799, "2099-12-31T23:59:59.000000Z"), (-1, "1969-12-31T23:59:59.000000Z"),
    ])
    func `instants are written in UTC`(seconds: Int, text: String) {
        var bytes: [UInt8] = []
        LogTimestamp(seconds: seconds, microseconds: 0).append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test func `a logger's, the provider's and the event's metadata and the error are merged`() throws {
        let pipe = Pipe()
        let handler = ServiceLogHandler(
            service: "calls", label: "calls.bus", level: .info, format: .json,
            output: LogOutput(descriptor: pipe.writeEnd),
            metadataProvider: Logger.MetadataProvider { ["trace_id": "t", "a": "provider"] })
        var logger = Logger(label: "calls.bus", factory: { _ in handler })
        logger[metadataKey: "own"] = "1"
        logger.info("m", error: FailpointError(name: "x"), metadata: ["a": "event"])
        logger.debug("unseen")
        let object = try jsonObject(pipe.drain())
        #expect(object["trace_id"] as? String == "t")
        #expect(object["own"] as? String == "1")
        #expect(object["a"] as? String == "event")
        #expect(object["error"] as? String == "failpoint x")
        #expect(object["logger"] as? String == "calls.bus")
    }

    @Test func `a reader that does not read costs the caller little, and the lines lost are counted`() throws {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.writeEnd, patienceMS: 20, gatherMS: 0)
        let handler = ServiceLogHandler(service: "s", label: "s", level: .info, format: .json, output: output)
        let logger = Logger(label: "s", factory: { _ in handler })
        let start = ContinuousClock.now
        for _ in 0..<2000 { logger.info("\(String(repeating: "x", count: 900))") }
        #expect(ContinuousClock.now - start < .seconds(5))
        let written = pipe.drain().split(separator: "\n").count
        #expect(written < 2000)
        logger.info("again")
        let lines = pipe.drain().split(separator: "\n")
        #expect(lines.count == 2)
        #expect(try jsonObject(String(lines[0]))["dropped"] as? Int == 2000 - written)
    }

    @Test func `the first line is written at once, those that follow together, an urgent one with what waits`()
        async throws
    {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.writeEnd, gatherMS: 300)
        let handler = ServiceLogHandler(service: "s", label: "s", level: .info, format: .json, output: output)
        let logger = Logger(label: "s", factory: { _ in handler })
        logger.info("first")
        #expect(pipe.drain().contains("first"))
        for number in 0..<20 { logger.info("line \(number)") }
        #expect(pipe.drain().isEmpty)
        logger.notice("urgent")
        let together = pipe.drain().split(separator: "\n")
        #expect(together.count == 21 && together[20].contains("urgent") && together[0].contains("line 0"))
        logger.info("last")
        var late = ""
        for _ in 0..<100 where late.isEmpty {
            try await Task.sleep(for: .milliseconds(50))
            late = pipe.drain()
        }
        #expect(late.contains("last"))
    }

    @Test func `more than a pipe takes at once is written in whole lines`() throws {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.writeEnd, gatherMS: 60_000)
        for number in 0..<40 {
            output.write(Array("\(number) \(String(repeating: "x", count: 1000))\n".utf8), isUrgent: false) { _ in [] }
        }
        output.flush { _ in [] }
        let lines = pipe.drain().split(separator: "\n")
        #expect(lines.count == 40)
        #expect(lines.enumerated().allSatisfy { $0.element.hasPrefix("\($0.offset) ") && $0.element.hasSuffix("x") })
    }

    @Test(arguments: [("+1 (415) 555-0123", "***23"), ("0123", "***"), ("", "***"), ("12345", "***45")])
    func `a phone number shows two digits at most`(number: String, shown: String) {
        #expect("\(MaskedPhone(number))" == shown)
    }
}

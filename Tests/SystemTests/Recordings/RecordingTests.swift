import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// Recordings over HTTP, on the local disk.
    @Suite struct Recordings {
        @Test(arguments: ["", "/voicera"])
        func `a recording that was put is described and comes back byte by byte`(prefix: String) async throws {
            let api = try await Running.person()
            let call = try await api.newCall([
                "duration_seconds": 7, "transcript": "Agent: Hello", "caller_phone": "+15550123",
            ])
            let sound = Sound.wav(seconds: 3)
            let put = try await api.upload(sound, of: call, prefix: prefix).expect(200).json
            #expect(put["format"] == "wav" && put["size_bytes"].int == sound.count && put["duration_seconds"] == 3)
            #expect(put["sha256"].string == Sound.sha256(sound))
            let got = try await api.get("\(prefix)/call-recordings/\(call)").expect(200).json
            #expect(got["call_id"].string == call && got["transcript"] == "Agent: Hello")
            #expect(got["metadata"] == ["agent_id": nil, "campaign_id": nil, "phone_number": "+15550123"])
            let file = try await api.get("\(prefix)/call-recordings/\(call)/download").expect(200)
            #expect(file.body == sound)
            #expect(file.header("Content-Type") == "audio/wav" && file.header("Accept-Ranges") == "bytes")
            #expect(file.header("Content-Length") == "\(sound.count)")
            #expect(file.header("Content-Disposition") == "attachment; filename=\"\(call).wav\"")
            #expect(file.header("ETag") == "\"\(Sound.sha256(sound))\"")
            let log = try await api.get("\(prefix)/call-logs/\(call)").expect(200).json
            let link = try #require(log["recording_url"].string)
            let signed = try #require(URLComponents(string: link))
            let stranger = try Running.current.api
            #expect(try await stranger.get("\(signed.path)?\(signed.query ?? "")").expect(200).body == sound)
            let shown = try await api.get("/api/calls/\(call)").expect(200).json["call"]["recording_url"].string
            #expect(try await stranger.get(api.path(of: shown)).expect(200).body == sound)
            let head = try await api.send("HEAD", "\(prefix)/call-recordings/\(call)/download").expect(200)
            #expect(head.header("Content-Length") == "\(sound.count)" && head.body.isEmpty)
        }

        @Test func `a signed address needs nothing else, and no other address`() async throws {
            let running = try Running.current
            let api = try await Running.person()
            let call = try await api.newCall()
            let other = try await api.newCall()
            let sound = Sound.mp3(bytes: 5000)
            for id in [call, other] { try await api.upload(sound, of: id).expect(200) }
            for prefix in ["", "/voicera"] {
                let url = try await api.get("\(prefix)/call-recordings/\(call)").json["download_url"].string
                let path = try api.path(of: url)
                #expect(path.hasPrefix("\(prefix)/call-recordings/\(call)/download?expires="))
                let file = try await running.api.get(path).expect(200)
                #expect(file.body == sound && file.header("Content-Type") == "audio/mpeg")
                // It opens this one route and nothing else, and only until then.
                let later = path.replacing(/expires=(\d+)/) { "expires=\((Int($0.1) ?? 0) + 60)" }
                for wrong in [
                    later, path.replacingOccurrences(of: call, with: other), String(path.dropLast()),
                    path.replacingOccurrences(of: "/download", with: ""),
                    path.replacingOccurrences(of: "/download", with: "/transcript"),
                    path.replacing(/signature=./, with: "signature=-"),
                    path.replacing(/expires=\d+/, with: "expires=1"), path.replacing(/expires=\d+&/, with: ""),
                ] where wrong != path {
                    try await running.api.get(wrong).expect(401)
                }
            }
        }

        @Test func `pieces are given as they are asked for`() async throws {
            let api = try await Running.person()
            let call = try await api.newCall()
            let sound = Sound.ogg(bytes: 200_000)
            try await api.upload(sound, of: call).expect(200)
            let path = "/call-recordings/\(call)/download"
            for (asked, piece) in [
                ("bytes=0-99", 0..<100), ("bytes=100-", 100..<200_000), ("bytes=-10", 199_990..<200_000),
                ("bytes=199999-900000", 199_999..<200_000), ("bytes=0-99999999999999999999", 0..<200_000),
            ] {
                let answer = try await api.send("GET", path, headers: ["Range": asked]).expect(206)
                #expect(answer.body == Array(sound[piece]), "\(asked)")
                #expect(
                    answer.header("Content-Range") == "bytes \(piece.lowerBound)-\(piece.upperBound - 1)/200000")
            }
            for asked in ["bytes=200000-", "bytes=-0"] {
                let answer = try await api.send("GET", path, headers: ["Range": asked]).expect(416)
                #expect(answer.header("Content-Range") == "bytes */200000")
            }
            for asked in ["bytes=5-1", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b"] {
                #expect(try await api.send("GET", path, headers: ["Range": asked]).expect(200).body.count == 200_000)
            }
            let tag = try #require(try await api.get(path).header("ETag"))
            #expect(try await api.send("GET", path, headers: ["If-None-Match": tag]).expect(304).body.isEmpty)
            let fitting = ["Range": "bytes=0-9", "If-Range": tag]
            #expect(try await api.send("GET", path, headers: fitting).expect(206).body.count == 10)
            let old = ["Range": "bytes=0-9", "If-Range": "\"old\""]
            #expect(try await api.send("GET", path, headers: old).expect(200).body.count == 200_000)
        }

        @Test func `only sound is taken, as much as is allowed, as it was announced`() async throws {
            let api = try await Running.person()
            let call = try await api.newCall()
            for bytes in [[], Array("{}".utf8), Array("<html>".utf8), Sound.noise(100_000), Array("RIFF1234AVI ".utf8)]
            {
                let answer = try await api.upload(bytes, of: call).expect(422)
                #expect(answer.json["message"].string?.contains("WAV, MP3 or OGG") == true, "\(answer.text)")
            }
            let sound = Sound.wav(seconds: 1)
            let good = Sound.sha256(sound)
            for headers in [
                ["X-Content-SHA256": Sound.sha256([1])], ["X-Content-SHA256": "x"], ["Content-MD5": "x"],
                ["Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="],
            ] {
                try await api.upload(sound, of: call, headers: headers).expect(422)
            }
            try await api.get("/call-recordings/\(call)").expect(404)
            try await api.upload(sound, of: call, headers: ["X-Content-SHA256": good]).expect(200)
            let head = [
                "PUT /call-recordings/\(call) HTTP/1.1", "Host: a", "Authorization: Bearer \(try api.token)",
                "Content-Length: \(200 * 1024 * 1024 + 1)", "", "",
            ].joined(separator: "\r\n")
            let large = try await RawConnection.exchange(port: try Running.current.stack.port, [.init(head)])
            #expect(large.answers.first?.status == 413)
        }

        @Test func `a call without a recording, another's call and no call at all answer alike`() async throws {
            let api = try await Running.person()
            let stranger = try await Running.person()
            let call = try await api.newCall()
            let missing = try await api.get("/call-recordings/\(call)").expect(404)
            #expect(missing.json["error_code"] == "RECORDING_001")
            let sound = Sound.wav(seconds: 1)
            try await api.upload(sound, of: call).expect(200)
            for id in [call, newUUID(), "nothing"] {
                for path in ["/call-recordings/\(id)", "/call-recordings/\(id)/download"] {
                    let answer = try await stranger.get(path).expect(404)
                    #expect(answer.json["error_code"] == "RECORDING_001")
                }
                #expect(try await stranger.upload(sound, of: id).expect(404).json["error_code"] == "CALL_001")
                #expect(
                    try await stranger.get("/call-recordings/\(id)/transcript").expect(404).json["error_code"]
                        == "CALL_001")
            }
        }

        @Test func `another recording takes the place of the first`() async throws {
            let api = try await Running.person()
            let call = try await api.newCall()
            try await api.upload(Sound.wav(seconds: 1), of: call).expect(200)
            let second = Sound.ogg(bytes: 9000)
            try await api.upload(second, of: call).expect(200)
            let file = try await api.get("/call-recordings/\(call)/download").expect(200)
            #expect(file.body == second && file.header("Content-Type") == "audio/ogg")
        }

        @Test func `a body in chunks is taken like one whose length is announced`() async throws {
            let running = try Running.current
            let api = try await Running.person()
            let call = try await api.newCall()
            let sound = Sound.wav(seconds: 2)
            let head = [
                "PUT /call-recordings/\(call) HTTP/1.1", "Host: a", "Authorization: Bearer \(try api.token)",
                "Transfer-Encoding: chunked", "Expect: 100-continue", "", "",
            ].joined(separator: "\r\n")
            var pieces = [RawConnection.Piece(head)]
            for start in stride(from: 0, to: sound.count, by: 10_000) {
                let chunk = sound[start..<min(sound.count, start + 10_000)]
                pieces.append(.init(Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)))
            }
            pieces.append(.init("0\r\n\r\n"))
            let replies = try await RawConnection.exchange(port: running.stack.port, pieces)
            #expect(replies.answers.first?.json["sha256"].string == Sound.sha256(sound), "\(replies.text)")
            #expect(replies.text.contains("100 Continue"))
        }

        @Test func `a transcript is told apart by who speaks`() async throws {
            let api = try await Running.person()
            let text = "Agent: Hello\n[0:05] Customer: I have\ntwo questions\nAgent: https://example.com: look"
            let call = try await api.newCall(["transcript": JSON(text)])
            let answer = try await api.get("/call-recordings/\(call)/transcript").expect(200).json
            #expect(answer["transcript"].string == text && answer["turns"].array?.count == 3)
            let second = answer["turns"].array?[1] ?? nil
            #expect(second["speaker"] == "Customer" && second["text"] == "I have\ntwo questions")
            #expect(second["timestamp"].string?.hasSuffix("Z") == true)
            #expect(answer["turns"].array?[0]["timestamp"] == .null)
        }
    }
}

import Contracts
import Hummingbird

/// What a route answers, before the headers that all answers have.
package struct Answer: Sendable {
    package var status: HTTPResponse.Status
    package var headers = HTTPFields()
    package var body: ResponseBody
    package var contentType: String
    /// It is the first answer to the same key or id again.
    package var isReplayed = false
    /// The body where it is JSON and whole, so that it can be put into an envelope.
    private(set) var json: ByteBuffer?

    package static let jsonType = "application/json"

    package init(status: HTTPResponse.Status, contentType: String = Answer.jsonType, body: ResponseBody) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package init(_ status: HTTPResponse.Status, _ shown: some JSONShown) {
        self.init(status: status, json: JSONWriter.object { shown.write(to: &$0) })
    }

    /// A bare array.
    package init(_ status: HTTPResponse.Status, list: [some JSONShown]) {
        var json = JSONWriter()
        json.array(list) { json, item in json.object { item.write(to: &$0) } }
        self.init(status: status, json: json.buffer)
    }

    private init(status: HTTPResponse.Status, json: ByteBuffer) {
        self.init(status: status, body: ResponseBody(byteBuffer: json))
        self.json = json
    }

    /// Success without a body.
    package static let nothing = Answer(status: .noContent, contentType: "", body: ResponseBody())

    /// The same body as the `data` of `{success, data, error, timestamp}`.
    var enveloped: Answer {
        guard var data = json else { return self }
        var buffer = ByteBuffer(string: "{\"success\":true,\"data\":")
        buffer.writeBuffer(&data)
        buffer.writeString(",\"error\":null,\"timestamp\":\"\(Timestamp.now().text)\"}")
        var answer = self
        answer.body = ResponseBody(byteBuffer: buffer)
        return answer
    }
}

/// A reply that may be the first one again.
package protocol Replayable {
    var isReplayed: Bool { get }
}

extension Outcome: Replayable {}
extension LoggedCall: Replayable {}

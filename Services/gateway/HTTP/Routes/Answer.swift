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

    package static let jsonType = "application/json"

    package init(status: HTTPResponse.Status, contentType: String = Answer.jsonType, body: ResponseBody) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package init(_ status: HTTPResponse.Status, _ shown: some JSONShown) {
        self.init(status: status, body: ResponseBody(byteBuffer: JSONWriter.object { shown.write(to: &$0) }))
    }
}

/// A reply that may be the first one again.
package protocol Replayable {
    var isReplayed: Bool { get }
}

extension Outcome: Replayable {}
extension LoggedCall: Replayable {}

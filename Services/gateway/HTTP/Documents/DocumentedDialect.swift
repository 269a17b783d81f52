import Bus
import Crypto
import Foundation
import Hummingbird

/// A dialect with its description: `openapi.json`, and `docs`, a page that shows it without asking anybody else.
package struct DocumentedDialect: Dialect {
    package let name: String
    package let prefix: String
    package let routes: [Route]
    package let errorSchema: Schema
    private let dialect: any Dialect

    /// - Parameter other: a dialect with the same prefix, whose routes the description holds too.
    package init(_ dialect: any Dialect, beside other: (any Dialect)? = nil, title: String, version: String) {
        self.dialect = dialect
        name = dialect.name
        prefix = dialect.prefix
        errorSchema = dialect.errorSchema
        // The document describes its own two routes too, so these are stated first and answered afterwards.
        let stated = dialect.routes + [Self.document(answering: ByteBuffer()), Self.page]
        let document = OpenAPIDocument(title: title, version: version, dialect: dialect, routes: stated, beside: other)
        routes = dialect.routes + [Self.document(answering: document.json.encoded), Self.page]
    }

    package var offersEnvelope: Bool { dialect.offersEnvelope }

    package func spell(_ fault: Fault) -> Refusal {
        dialect.spell(fault)
    }

    private static func document(answering bytes: ByteBuffer) -> Route {
        Route(
            .get, "openapi.json", needs: .nothing, status: .ok, summary: "This description, in OpenAPI 3.1",
            answer: .json(Schema(["type": "object"]))
        ) { _ in
            Answer(status: .ok, body: ResponseBody(byteBuffer: bytes))
        }
    }

    private static let page: Route = {
        let bytes = ByteBuffer(string: DocsPage.html)
        let policy =
            "default-src 'none'; style-src '\(hash(DocsStyle.css))'; script-src '\(hash(DocsScript.source))'; "
            + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return Route(
            .get, "docs", needs: .nothing, status: .ok, summary: "This description as a page to read",
            answer: .media(type: "text/html")
        ) { _ in
            var answer = Answer(
                status: .ok, contentType: "text/html; charset=utf-8", body: ResponseBody(byteBuffer: bytes))
            answer.headers[.contentSecurityPolicy] = policy
            return answer
        }
    }()

    private static func hash(_ text: String) -> String {
        "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
    }
}

import Foundation
import Testing

@testable import Blobs

struct S3TextTests {
    @Test func `elements are found in their order and unescaped`() {
        let text = "<A><Key>a&amp;b</Key></A><A><Key>&quot;c&quot;</Key><Size>3</Size></A>"[...]
        let parts = S3Text.all("A", in: text)
        #expect(parts.count == 2)
        #expect(S3Text.first("Key", in: parts[0]) == "a&b")
        #expect(S3Text.first("Key", in: parts[1]) == "\"c\"" && S3Text.first("Size", in: parts[1]) == "3")
        #expect(S3Text.first("Code", in: text) == nil)
        #expect(S3Text.all("A", in: "<A>no end").isEmpty)
    }

    @Test func `escaping is undone by reading`() {
        let text = "<\"&amp;\">"
        #expect(S3Text.first("A", in: "<A>\(S3Text.escaped(text))</A>") == text)
    }

    @Test func `moments are read with and without a fraction`() {
        #expect(S3Text.moment("2013-05-24T00:00:00.000Z") == Date(timeIntervalSince1970: 1_369_353_600))
        #expect(S3Text.moment("2013-05-24T00:00:00Z") == Date(timeIntervalSince1970: 1_369_353_600))
        #expect(S3Text.moment("yesterday") == nil)
    }

    @Test(arguments: [
        ("http://127.0.0.1:9000", "http", "127.0.0.1:9000", ""),
        ("https://S3.example.com/", "https", "s3.example.com", ""),
        ("https://example.com:443/store/", "https", "example.com", "/store"), ("http://h:80", "http", "h", ""),
    ])
    func `an endpoint says scheme, host and path`(endpoint: String, scheme: String, host: String, path: String) throws {
        let account = try #require(
            S3Account(endpoint: endpoint, region: "r", accessKey: "a", secretKey: "s"))
        #expect(account.scheme == scheme && account.host == host && account.path == path)
        for wrong in ["", "host:9000", "ftp://host", "http://"] {
            #expect(S3Account(endpoint: wrong, region: "r", accessKey: "a", secretKey: "s") == nil)
        }
    }
}

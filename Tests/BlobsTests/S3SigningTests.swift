import Foundation
import NIOCore
import Testing

@testable import Blobs

/// The examples of AWS ("Authenticating Requests: Using the Authorization Header" and "Using Query Parameters").
struct S3SigningTests {
    private let signer = S3Signer(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1")
    private let host = "examplebucket.s3.amazonaws.com"
    /// 2013-05-24T00:00:00Z.
    private let moment = Date(timeIntervalSince1970: 1_369_353_600)

    private func authorization(_ request: S3Request) -> String? {
        signer.headers(of: request, host: host, bodyHash: request.bodyHash, at: moment)["authorization"]
    }

    private func text(_ headers: String, _ signature: String) -> String {
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=\(headers),"
            + "Signature=\(signature)"
    }

    @Test func `a piece of an object`() {
        let request = S3Request(method: "GET", path: "/test.txt", headers: ["range": "bytes=0-9"])
        #expect(
            authorization(request)
                == text(
                    "host;range;x-amz-content-sha256;x-amz-date",
                    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"))
    }

    @Test func `an object with a dollar in its key`() {
        let request = S3Request(
            method: "PUT", path: "/test$file.text",
            headers: ["date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"],
            body: ByteBuffer(string: "Welcome to Amazon S3."))
        #expect(
            authorization(request)
                == text(
                    "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"))
    }

    @Test func `a query without a value, and one that is sorted`() {
        let lifecycle = S3Request(method: "GET", path: "/", query: [("lifecycle", "")])
        let headers = "host;x-amz-content-sha256;x-amz-date"
        #expect(
            authorization(lifecycle)
                == text(headers, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"))
        let list = S3Request(method: "GET", path: "/", query: [("prefix", "J"), ("max-keys", "2")])
        #expect(
            authorization(list)
                == text(headers, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"))
    }

    @Test func `an address that is signed for a day`() {
        let signed = signer.presigned(
            S3Request(method: "GET", path: "/test.txt"), host: host, seconds: 86_400, at: moment)
        #expect(
            signed.target.contains(
                "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
        #expect(signed.target.contains("X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4"))
    }

    @Test func `all but plain characters are escaped`() {
        #expect(S3Request.escaped("a b/c+d=é~") == "a%20b%2Fc%2Bd%3D%C3%A9~")
        #expect(S3Request(method: "GET", path: "/a b/c").canonicalPath == "/a%20b/c")
    }
}

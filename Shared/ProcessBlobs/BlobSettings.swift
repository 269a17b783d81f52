import ProcessBus
import ServiceRuntime

/// Where the processes of a stack keep recordings and documents: S3 when an endpoint is named, else the local disk.
package enum BlobSettings {
    package static let endpoint = Setting<URLText?>(
        name: "S3_ENDPOINT", summary: "address of the S3 server that keeps recordings and documents",
        defaultNote: "MINIO_HOST and its like, else the folder blobs in DATA_DIR",
        allowed: "an address such as https://host:port",
        accepts: { $0.map { $0.scheme == "http" || $0.scheme == "https" } ?? true })
    package static let region = Setting<String>(
        name: "S3_REGION", default: "us-east-1", summary: "region that signatures for S3 name")
    package static let recordingsBucket = bucket("S3_BUCKET_RECORDINGS", "recordings", "bucket of recordings")
    package static let documentsBucket = bucket("S3_BUCKET_DOCUMENTS", "documents", "bucket of documents")
    package static let accessKey = Setting<String?>(
        name: "S3_ACCESS_KEY", summary: "who asks the S3 server", secret: true, defaultNote: "MINIO_ROOT_USER")
    package static let secretKey = Setting<Secret?>(
        name: "S3_SECRET_KEY", summary: "the secret that belongs to S3_ACCESS_KEY",
        defaultNote: "MINIO_ROOT_PASSWORD")
    package static let minioHost = Setting<String?>(
        name: "MINIO_HOST", summary: "host of a MinIO server, asked over plain HTTP, where S3_ENDPOINT names none",
        defaultNote: "the local disk")
    package static let minioPort = Setting<Int>(
        name: "MINIO_PORT", default: 9000, range: 1...65535, summary: "port of the MinIO server")
    package static let minioUser = Setting<String?>(
        name: "MINIO_ROOT_USER", summary: "who asks the MinIO server", defaultNote: "S3_ACCESS_KEY")
    package static let minioPassword = Setting<Secret?>(
        name: "MINIO_ROOT_PASSWORD", summary: "the secret that belongs to MINIO_ROOT_USER",
        defaultNote: "S3_SECRET_KEY")

    package static let all: [any SettingDeclaration] = [
        BusSettings.dataDirectory, endpoint, region, recordingsBucket, documentsBucket, accessKey, secretKey,
        minioHost, minioPort, minioUser, minioPassword,
    ]

    private static func bucket(_ name: String, _ usual: String, _ summary: String) -> Setting<String> {
        Setting(
            name: name, default: usual, summary: "\(summary); made when it is not there",
            allowed: "3 to 63 of lower-case letters, digits, dots and hyphens",
            accepts: { name in
                (3...63).contains(name.utf8.count)
                    && name.utf8.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                            UInt8(ascii: "."), UInt8(ascii: "-"):
                            true
                        default: false
                        }
                    }
            })
    }
}

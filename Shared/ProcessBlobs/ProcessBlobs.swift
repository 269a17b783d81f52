import AsyncHTTPClient
import Blobs
import Foundation
import Logging
import ProcessBus
import ServiceLifecycle
import ServiceRuntime

/// The objects of one process's stack, made from its settings; shuts its connections when the process stops.
package struct ProcessBlobs: Service {
    package let recordings: any BlobStore
    package let documents: any BlobStore
    /// Nil on the local disk.
    private let http: HTTPClient?
    private let logger: Logger

    /// - Throws: `StartFailure` for an S3 server without a key.
    package init(_ process: ServiceProcess) throws {
        let settings = process.settings
        logger = process.logger
        guard let account = try Self.account(settings) else {
            let folder = Self.folder(settings)
            recordings = DiskBlobStore(folder: folder + "/recordings")
            documents = DiskBlobStore(folder: folder + "/documents")
            http = nil
            return
        }
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: S3BlobStore.connections)
        func store(_ bucket: Setting<String>) -> S3BlobStore {
            S3BlobStore(account: account, bucket: settings[bucket], http: http, logger: process.logger)
        }
        recordings = store(BlobSettings.recordingsBucket)
        documents = store(BlobSettings.documentsBucket)
        self.http = http
    }

    /// Makes folders or buckets that are not there; a store that is away at the start is no reason not to start.
    package func prepare() async {
        for store in [recordings, documents] {
            do {
                try await store.prepare()
            } catch {
                logger.warning("storage is not ready", metadata: ["cause": "\(error)"])
            }
        }
    }

    package func run() async throws {
        try? await gracefulShutdown()
        await close()
    }

    /// For a process that does not run it as a service.
    package func close() async {
        try? await http?.shutdown()
    }

    private static func folder(_ settings: Settings) -> String {
        let data = settings[BusSettings.dataDirectory]
        let path = data.hasPrefix("/") ? data : FileManager.default.currentDirectoryPath + "/" + data
        return URL(fileURLWithPath: path + "/blobs").standardizedFileURL.path
    }

    /// Nil when no server is named.
    private static func account(_ settings: Settings) throws -> S3Account? {
        let minio = settings[BlobSettings.minioHost].map { host in
            host.contains("://") ? host : "http://\(host):\(settings[BlobSettings.minioPort])"
        }
        guard let endpoint = settings[BlobSettings.endpoint]?.text ?? minio else { return nil }
        guard let accessKey = settings[BlobSettings.accessKey] ?? settings[BlobSettings.minioUser],
            let secretKey = settings[BlobSettings.secretKey] ?? settings[BlobSettings.minioPassword]
        else {
            throw StartFailure("S3_ACCESS_KEY and S3_SECRET_KEY must be set with an S3 server.", exitCode: 78)
        }
        guard
            let account = S3Account(
                endpoint: endpoint, region: settings[BlobSettings.region], accessKey: accessKey,
                secretKey: secretKey.revealed)
        else { throw StartFailure("The address of the S3 server cannot be read.", exitCode: 78) }
        return account
    }
}

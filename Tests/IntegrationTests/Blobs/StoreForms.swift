import AsyncHTTPClient
import Blobs
import Foundation
import Logging
import NIOCore
import TestSupport
import Testing

/// The forms of a store, each on a place of its own.
enum StoreForm: String, CaseIterable, Sendable {
    case disk
    case s3

    func with(_ body: (any BlobStore, StorePlace) async throws -> Void) async throws {
        switch self {
        case .disk:
            let folder = FileManager.default.temporaryDirectory.path + "/blobs-\(UUID().uuidString.lowercased())"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let store = DiskBlobStore(folder: folder)
            try await store.prepare()
            try await body(store, StorePlace(folder: folder))
        case .s3:
            try await S3Server.with { server in
                try await StoreForm.connected { http in
                    let store = try server.store(http)
                    try await store.prepare()
                    try await body(store, StorePlace(folder: server.folder + "/test-objects"))
                }
            }
        }
    }

    /// Gives `body` connections that are shut afterwards.
    static func connected(_ body: (HTTPClient) async throws -> Void) async throws {
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: S3BlobStore.connections)
        do {
            try await body(http)
        } catch {
            try? await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }
}

extension S3Server {
    func store(_ http: HTTPClient, secretKey: String = S3Server.secretKey) throws -> S3BlobStore {
        let account = try #require(
            S3Account(endpoint: endpoint, region: "us-east-1", accessKey: Self.accessKey, secretKey: secretKey))
        return S3BlobStore(account: account, bucket: "test-objects", http: http, logger: silentLogger)
    }
}

/// Where a store's objects lie as files, in either form.
struct StorePlace: Sendable {
    let folder: String

    /// Files below it, hidden ones too, without the folder in front.
    var files: [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }

    /// Makes a file look older.
    func age(_ file: String, bySeconds seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date().addingTimeInterval(-seconds)], ofItemAtPath: "\(folder)/\(file)")
    }
}

import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOSSL

/// The certificate of the gateway, read again when its files change. Connections that are there keep the old one.
package final class ServerCertificates: Sendable {
    private struct Loaded {
        var context: NIOSSLContext
        var stamp: [String]
    }

    private let certificateFile: String
    private let keyFile: String
    private let loaded: NIOLockedValueBox<Loaded>

    /// - Parameters: paths of PEM files; the certificate's may hold its chain.
    /// - Throws: when they cannot be read or do not belong together.
    package init(certificateFile: String, keyFile: String) throws {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        let stamp = Self.stamp([certificateFile, keyFile])
        loaded = NIOLockedValueBox(Loaded(context: try Self.load(certificateFile, keyFile), stamp: stamp))
    }

    /// What new connections use.
    package var context: NIOSSLContext { loaded.withLockedValue { $0.context } }

    /// Looks after the files until the task is cancelled.
    package func watch(everyMS: Int = 2000, logger: Logger) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(everyMS))
            reloadIfChanged(logger: logger)
        }
    }

    package func reloadIfChanged(logger: Logger) {
        let stamp = Self.stamp([certificateFile, keyFile])
        guard stamp != loaded.withLockedValue({ $0.stamp }) else { return }
        do {
            let context = try Self.load(certificateFile, keyFile)
            loaded.withLockedValue { $0 = Loaded(context: context, stamp: stamp) }
            logger.notice("The certificate was read again.")
        } catch {
            // Perhaps only one of the two files is written yet: the next look tries again.
            logger.warning("The changed certificate cannot be used.", metadata: ["cause": "\(error)"])
        }
    }

    private static func load(_ certificateFile: String, _ keyFile: String) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        let key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    /// Size, time and place of each file: another file under the same name is noticed too.
    private static func stamp(_ paths: [String]) -> [String] {
        paths.map { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return "" }
            return "\(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
        }
    }
}

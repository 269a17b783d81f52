import Foundation
import Postgres
import TestSupport
import Testing

/// Certificates made for one test run: an authority, a server's certificate for `localhost`, and a foreign authority.
private struct Certificates {
    let folder: String

    static func make(in folder: String) throws -> Certificates {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func openssl(_ arguments: String) throws {
            try TemporaryPostgres.run(["/usr/bin/openssl"] + arguments.split(separator: " ").map(String.init))
        }
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        for name in ["ca", "foreign"] {
            try openssl(
                "req -x509 \(key) -days 2 -subj /CN=\(name) -keyout \(folder)/\(name).key -out \(folder)/\(name).crt")
        }
        try openssl("req \(key) -subj /CN=localhost -keyout \(folder)/server.key -out \(folder)/server.csr")
        try "subjectAltName=DNS:localhost".write(toFile: folder + "/ext", atomically: true, encoding: .utf8)
        try openssl(
            """
            x509 -req -days 2 -in \(folder)/server.csr -CA \(folder)/ca.crt -CAkey \(folder)/ca.key \
            -CAcreateserial -extfile \(folder)/ext -out \(folder)/server.crt
            """)
        return Certificates(folder: folder)
    }
}

@Suite struct `TLS to the server` {
    private func withServer(_ body: (TemporaryPostgres, Certificates) async throws -> Void) async throws {
        let folder = "/tmp/swb-tls-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let certificates = try Certificates.make(in: folder)
        let settings = ["ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key"]
        let cluster = try await TemporaryPostgres.start(settings: settings, servesTCP: true) { data in
            for name in ["server.crt", "server.key"] {
                try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(data)/\(name)")
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(data)/\(name)")
            }
            try "hostssl all all all trust\n".write(toFile: data + "/pg_hba.conf", atomically: true, encoding: .utf8)
        }
        defer { cluster.stop() }
        try await body(cluster, certificates)
    }

    @Test func `works with a full check and refuses another host and another authority`() async throws {
        try await withServer { cluster, certificates in
            let full = "sslmode=verify-full&sslrootcert=\(certificates.folder)/"
            let good = cluster.tcpURL(host: "localhost", parameters: full + "ca.crt")
            try await withDatabase(url: good) { (database: Database) async throws in
                let encrypted: Bool = try await database.query(
                    "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0][0]
                #expect(encrypted)
                let text = String(repeating: "x", count: 10 << 20)
                #expect(try await database.query("SELECT \(text)")[0][0] == text)
                let task = Task { await databaseError { try await database.query("SELECT pg_sleep(30)") } }
                try await Task.sleep(for: .milliseconds(100))
                task.cancel()
                #expect(await task.value?.kind == .cancelled)
                try await database.ping()
                #expect(database.statistics.connectCount == 1)
            }
            let refused = [
                cluster.tcpURL(host: "127.0.0.1", parameters: full + "ca.crt"),
                cluster.tcpURL(host: "localhost", parameters: full + "foreign.crt"),
                cluster.tcpURL(host: "localhost", parameters: "sslmode=disable"),
            ]
            for url in refused {
                try await withDatabase(url: url) { (database: Database) async throws in
                    #expect(await databaseError { try await database.ping() }?.kind == .unavailable)
                }
            }
        }
    }
}

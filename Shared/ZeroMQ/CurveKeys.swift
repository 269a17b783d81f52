import CZeroMQ
import Foundation

/// The keys of one service: its own pair, and the public keys of every service that it lets in or asks.
package struct CurveKeys: Sendable {
    package let service: String
    /// Z85 text, 40 characters, as are the others.
    package let publicKey: String
    private let secretKey: String
    /// Public keys by the name of the service.
    package let allowed: [String: String]

    package init(service: String, publicKey: String, secretKey: String, allowed: [String: String]) {
        self.service = service
        self.publicKey = publicKey
        self.secretKey = secretKey
        self.allowed = allowed
    }

    /// Reads `<service>.key` and `allowed/*.pub` in `directory`.
    /// - Throws: `CurveKeyError` when a file is missing, readable by others, or no key.
    package static func load(_ directory: String, service: String) throws -> CurveKeys {
        let file = "\(directory)/\(service).key"
        var status = stat()
        guard stat(file, &status) == 0 else { throw CurveKeyError("\(file) is missing; make it with the keys command") }
        guard status.st_mode & 0o077 == 0 else {
            throw CurveKeyError("\(file) can be read by others; its mode must be 0600")
        }
        let lines = try text(of: file).split(whereSeparator: \.isWhitespace).map(String.init)
        guard lines.count == 4, lines[0] == "secret", lines[2] == "public" else {
            throw CurveKeyError("\(file) must hold a line `secret <key>` and a line `public <key>`")
        }
        guard let derived = publicKey(of: lines[1]), derived == lines[3] else {
            throw CurveKeyError("\(file) does not hold a secret key and the public key that belongs to it")
        }
        return CurveKeys(
            service: service, publicKey: lines[3], secretKey: lines[1], allowed: try allowList("\(directory)/allowed"))
    }

    private static func allowList(_ directory: String) throws -> [String: String] {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw CurveKeyError("\(directory) is missing; it holds `<service>.pub` of each service")
        }
        var allowed: [String: String] = [:]
        for file in files.sorted() where file.hasSuffix(".pub") {
            let key = try text(of: "\(directory)/\(file)").trimmingCharacters(in: .whitespacesAndNewlines)
            guard bytes(of: key) != nil else { throw CurveKeyError("\(directory)/\(file) holds no public key") }
            allowed[String(file.dropLast(4))] = key
        }
        guard !allowed.isEmpty else { throw CurveKeyError("\(directory) holds no public key") }
        return allowed
    }

    /// Makes the pairs that are missing, and writes each public key to `allowed/`. Existing pairs are kept.
    /// - Returns: the services whose keys were made.
    /// - Throws: `CurveKeyError`.
    package static func generate(into directory: String, services: [String]) throws -> [String] {
        do {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/allowed", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw CurveKeyError("\(directory) cannot be made: \(error.localizedDescription)")
        }
        var made: [String] = []
        for service in services where !FileManager.default.fileExists(atPath: "\(directory)/\(service).key") {
            let pair = try makePair()
            try write("secret \(pair.secret)\npublic \(pair.public)\n", to: "\(directory)/\(service).key", mode: 0o600)
            try write("\(pair.public)\n", to: "\(directory)/allowed/\(service).pub", mode: 0o644)
            made.append(service)
        }
        return made
    }

    /// A new pair in Z85 text.
    package static func makePair() throws -> (public: String, secret: String) {
        var publicText = [CChar](repeating: 0, count: 41)
        var secretText = publicText
        guard zmq_curve_keypair(&publicText, &secretText) == 0 else {
            throw CurveKeyError("libzmq was built without CURVE")
        }
        return (string(publicText), string(secretText))
    }

    private static func publicKey(of secret: String) -> String? {
        guard bytes(of: secret) != nil else { return nil }
        var text = [CChar](repeating: 0, count: 41)
        return zmq_curve_public(&text, secret) == 0 ? string(text) : nil
    }

    /// The 32 bytes that a Z85 text of 40 characters stands for.
    static func bytes(of key: String) -> [UInt8]? {
        guard key.utf8.count == 40 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 32)
        return zmq_z85_decode(&bytes, key) == nil ? nil : bytes
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func text(of file: String) throws -> String {
        do {
            return try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw CurveKeyError("\(file) cannot be read: \(error.localizedDescription)")
        }
    }

    /// The file never exists with a wider mode than this, not even for a moment.
    private static func write(_ text: String, to file: String, mode: mode_t) throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw CurveKeyError("\(file) cannot be written") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw CurveKeyError("\(file) cannot be written")
        }
    }
}

extension CurveKeys {
    /// - Throws: `CurveKeyError` when that service cannot be asked because its key is not known.
    func requireKey(of owner: String) throws {
        guard allowed[owner] != nil else {
            throw CurveKeyError("no public key of \(owner) in the allow-list of \(service)")
        }
    }

    /// Makes a socket ask the owner's processes only, under this service's name.
    func secure(_ socket: Socket, askingFor owner: String) throws {
        try requireKey(of: owner)
        try socket.set(ZMQ_CURVE_SERVERKEY, allowed[owner] ?? "")
        try socket.set(ZMQ_CURVE_PUBLICKEY, publicKey)
        try socket.set(ZMQ_CURVE_SECRETKEY, secretKey)
    }

    /// Makes a socket that is yet to be bound admit allow-listed keys only.
    func secure(listening socket: Socket) throws {
        socket.set(ZMQ_CURVE_SERVER, 1)
        try socket.set(ZMQ_CURVE_SECRETKEY, secretKey)
        try socket.set(ZMQ_ZAP_DOMAIN, "bus")
        socket.set(Int32(CZMQ_ZAP_ENFORCE_DOMAIN), 1)
    }
}

/// Keys that cannot be used, in a sentence that says what to do.
package struct CurveKeyError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

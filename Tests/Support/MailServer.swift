import Foundation

/// A real mail server (aiosmtpd, Debian's `python3-aiosmtpd`) on 127.0.0.1, which keeps what it takes as files.
package final class MailServer: Sendable {
    private static let python = "/usr/bin/python3"

    /// What differs from one server to the next.
    package struct Options: Sendable {
        /// PEM files; nil: the server has no TLS.
        package var certificate: (chain: String, key: String)?
        /// TLS from the first byte on, instead of STARTTLS.
        package var beginsEncrypted = false
        /// Only with this login: `user:password`.
        package var login: String?
        /// `PLAIN` or `LOGIN`; both when nil.
        package var excludedLogin: String?
        /// So many letters are put off with 451 before the first one is taken.
        package var refusals = 0

        package init() {}
    }

    /// A letter as the server got it.
    package struct Received: Sendable {
        package let sender: String
        package let recipients: [String]
        package let isEncrypted: Bool
        package let login: String
        /// As it came, CRLF and all, dots put right.
        package let content: String
    }

    package let port: Int
    private let folder: String
    private let child: ChildProcess

    /// Whether the machine has what the server needs.
    package static let isAvailable =
        (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/python3/dist-packages"))?
        .contains("aiosmtpd") == true

    package static func with<Result>(
        _ options: Options = Options(), _ body: (MailServer) async throws -> Result
    ) async throws -> Result {
        let server = try await MailServer(options)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    private init(_ options: Options) async throws {
        folder = FileManager.default.temporaryDirectory.path + "/mail-server-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.script.write(toFile: folder + "/server.py", atomically: true, encoding: .utf8)
        port = try TestPorts.free()
        var environment = [
            "PATH": "/usr/bin:/bin", "PORT": "\(port)", "FOLDER": folder, "REFUSALS": "\(options.refusals)",
        ]
        environment["CHAIN"] = options.certificate?.chain
        environment["KEY"] = options.certificate?.key
        environment["LOGIN"] = options.login
        environment["EXCLUDED"] = options.excludedLogin
        if options.beginsEncrypted { environment["ENCRYPTED"] = "1" }
        child = try await ChildProcess.start(
            [Self.python, folder + "/server.py"], environment: environment, log: folder + "/log")
        let start = ContinuousClock.now
        while !FileManager.default.fileExists(atPath: folder + "/ready") {
            guard child.isRunning, ContinuousClock.now - start < .seconds(20) else {
                let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
                throw ChildProcess.Failure(description: "the mail server does not start: \(log)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// In the order in which they were taken.
    package var received: [Received] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/mail")) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
            guard let data = FileManager.default.contents(atPath: "\(folder)/mail/\(name)"),
                let json = try? JSON(bytes: Array(data))
            else { return nil }
            return Received(
                sender: json["from"].string ?? "", recipients: json["to"].array?.compactMap(\.string) ?? [],
                isEncrypted: json["tls"] == true, login: json["login"].string ?? "",
                content: json["content"].string ?? "")
        }
    }

    private func stop() async {
        child.send(SIGKILL)
        _ = await child.awaitEnd(within: .seconds(5))
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static let script = """
        import json, os, ssl, threading
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import SMTP, AuthResult

        folder = os.environ["FOLDER"]
        os.makedirs(folder + "/mail")
        refusals = int(os.environ["REFUSALS"])
        login = os.environ.get("LOGIN")
        excluded = [os.environ["EXCLUDED"]] if "EXCLUDED" in os.environ else []
        encrypted = "ENCRYPTED" in os.environ
        count = 0

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                if address.startswith("nobody@"):
                    return "550 5.1.1 no such person"
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):
                global count, refusals
                if refusals > 0:
                    refusals -= 1
                    return "451 4.3.0 try again later"
                count += 1
                data = session.auth_data
                kept = {
                    "from": envelope.mail_from, "to": envelope.rcpt_tos,
                    "tls": encrypted or session.ssl is not None,
                    "login": data.login.decode() if data is not None else "",
                    "content": envelope.original_content.decode(),
                }
                path = "%s/mail/%04d" % (folder, count)
                with open(path + ".new", "w") as file:
                    json.dump(kept, file)
                os.rename(path + ".new", path + ".json")
                return "250 OK"

        def authenticator(server, session, envelope, mechanism, data):
            given = data.login.decode() + ":" + data.password.decode()
            return AuthResult(success=given == login, handled=False, auth_data=data)

        context = None
        if "CHAIN" in os.environ:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(os.environ["CHAIN"], os.environ["KEY"])

        class Server(Controller):
            def factory(self):
                return SMTP(
                    self.handler, hostname="mail.test", enable_SMTPUTF8=True,
                    tls_context=None if encrypted else context, require_starttls=context is not None and not encrypted,
                    authenticator=authenticator if login else None, auth_required=login is not None,
                    auth_require_tls=context is not None and not encrypted, auth_exclude_mechanism=excluded)

        server = Server(
            Handler(), hostname="127.0.0.1", port=int(os.environ["PORT"]), ssl_context=context if encrypted else None)
        server.start()
        open(folder + "/ready", "w").close()
        threading.Event().wait()
        """
}

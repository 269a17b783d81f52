import Foundation
import ProcessBus
import ServiceHost
import ServiceRuntime

/// How mail reaches people.
enum MailSettings {
    static let host = Setting<String?>(
        name: "SMTP_HOST", summary: "mail server",
        defaultNote: "each mail becomes a file in DATA_DIR/outbox")
    static let port = Setting<Int>(
        name: "SMTP_PORT", default: 587, range: 1...65535,
        summary: "port of the mail server; on 465 TLS is spoken from the start, elsewhere where the server offers it")
    static let user = Setting<String?>(
        name: "SMTP_USER", summary: "login at the mail server; needs TLS unless the server is on this machine",
        defaultNote: "mail is handed over without a login")
    static let password = Setting<Secret?>(
        name: "SMTP_PASSWORD", summary: "password of SMTP_USER", defaultNote: "an empty password")
    static let sender = Setting<String>(
        name: "SMTP_FROM", default: "Switchboard <no-reply@localhost.localdomain>", summary: "who mail is from",
        allowed: "an address such as Name <name@example.com>", accepts: { MailSender($0) != nil })
    static let appURL = Setting<URLText?>(
        name: "APP_URL", summary: "where people open the application; links in mail begin with it",
        defaultNote: "mail holds tokens without links")

    static let all: [any SettingDeclaration] = [host, port, user, password, sender, appURL]

    static func delivery(_ settings: Settings) throws -> any MailDelivery {
        guard let sender = MailSender(settings[sender]) else { throw StartFailure("SMTP_FROM is no address.") }
        guard let host = settings[host], !host.isEmpty else {
            return OutboxFolder(path: settings[BusSettings.dataDirectory] + "/outbox", sender: sender)
        }
        return SMTPDelivery(
            host: host, port: settings[port], beginsEncrypted: settings[port] == SMTPDelivery.encryptedPort,
            login: settings[user].map { SMTPLogin(user: $0, password: settings[password]?.revealed ?? "") },
            sender: sender)
    }

    static func letters(_ settings: Settings) -> Letters {
        let url = settings[appURL]?.text
        return Letters(appURL: url.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
    }
}

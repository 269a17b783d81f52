import Foundation
import Postgres
import ServiceRuntime

/// Which PostgreSQL a service uses, and as whom.
struct DatabaseSettings {
    static let shared = Setting<Secret?>(
        name: "DATABASE_URL",
        summary: "PostgreSQL of all services; the owner's login for `migrate`, secret for its password",
        defaultNote: "the private cluster of the one-machine stack")

    let service: String
    let own: Setting<Secret?>

    init(service: String) {
        self.service = service
        own = Setting(
            name: "\(service.uppercased())_DATABASE_URL", summary: "PostgreSQL as the login of \(service)",
            defaultNote: "DATABASE_URL with the role of the service")
    }

    var declarations: [any SettingDeclaration] { [Self.shared, own] }

    /// The service's own pool: row-level security shows it the workspaces that a transaction names.
    func service(_ settings: Settings) throws -> DatabaseConfiguration {
        try configuration(settings, role: service)
    }

    /// The pool of sweepers, consumers and readers of events, which see every workspace.
    func jobs(_ settings: Settings) throws -> DatabaseConfiguration {
        var configuration = try configuration(settings, role: "\(service)_jobs")
        configuration.keptConnections = 4
        configuration.extraConnections = 6
        return configuration
    }

    /// The owner's login, for migrations.
    func owner(_ settings: Settings) throws -> DatabaseConfiguration {
        guard let url = settings[Self.shared]?.revealed else {
            throw StartFailure("DATABASE_URL is not set; migrations need the owner's login.", exitCode: 78)
        }
        try Self.check(url, of: Self.shared)
        return DatabaseConfiguration(url: url, applicationName: "\(service)-migrate")
    }

    /// The password that the service's two logins have; nil where only the shared login is used.
    func password(_ settings: Settings) throws -> String? {
        guard let url = settings[own]?.revealed else { return nil }
        guard let components = URLComponents(string: url), components.scheme?.hasPrefix("postgres") == true else {
            throw StartFailure("\(own.entry.name) is no postgresql:// address.", exitCode: 78)
        }
        return components.password
    }

    private func configuration(_ settings: Settings, role: String) throws -> DatabaseConfiguration {
        if let url = settings[own]?.revealed {
            try Self.check(url, of: own)
            return DatabaseConfiguration(
                url: role == service ? url : try self.url(url, withUser: role), applicationName: role)
        }
        guard let url = settings[Self.shared]?.revealed else {
            throw StartFailure("Neither \(own.entry.name) nor DATABASE_URL is set.", exitCode: 78)
        }
        try Self.check(url, of: Self.shared)
        return DatabaseConfiguration(url: try self.url(url, asRole: role), applicationName: role)
    }

    private static func check(_ url: String, of setting: Setting<Secret?>) throws {
        guard URLComponents(string: url)?.scheme?.hasPrefix("postgres") == true else {
            throw StartFailure("\(setting.entry.name) is no postgresql:// address.", exitCode: 78)
        }
    }

    private func url(_ url: String, withUser user: String) throws -> String {
        guard var components = URLComponents(string: url), components.scheme?.hasPrefix("postgres") == true else {
            throw StartFailure("\(own.entry.name) is no postgresql:// address.", exitCode: 78)
        }
        components.user = user
        return components.string ?? url
    }

    /// Takes on the role when the session begins, so that no superuser's or owner's right goes past the policies.
    private func url(_ url: String, asRole role: String) throws -> String {
        let option = "-c role=\(role)"
        guard url.hasPrefix("postgres") else {
            let escaped = option.replacingOccurrences(of: "'", with: "\\'")
            return url + " options='\(escaped)'"
        }
        guard var components = URLComponents(string: url) else {
            throw StartFailure("DATABASE_URL is no postgresql:// address.", exitCode: 78)
        }
        components.queryItems = (components.queryItems ?? []) + [URLQueryItem(name: "options", value: option)]
        return components.string ?? url
    }
}

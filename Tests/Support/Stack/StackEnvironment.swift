import Foundation

/// The environment that each process of a stack is started with, as the product's own script gives it.
struct StackEnvironment {
    let folder: String
    let apiPort: Int
    let owner: String
    let serviceURL: @Sendable (_ service: String, _ password: String) -> String
    let extra: [String: String]
    let extraByService: [String: [String: String]]

    private let jwtSecret = Self.secret()
    private let masterKey = Self.secret()
    private let passwords = Dictionary(uniqueKeysWithValues: Stack.services.map { ($0, Self.secret()) })

    init(
        folder: String, apiPort: Int, owner: String,
        serviceURL: @escaping @Sendable (_ service: String, _ password: String) -> String, extra: [String: String],
        extraByService: [String: [String: String]]
    ) {
        self.folder = folder
        self.apiPort = apiPort
        self.owner = owner
        self.serviceURL = serviceURL
        self.extra = extra
        self.extraByService = extraByService
    }

    /// For `<service> migrate`, which comes as the database's owner.
    func migrating(_ service: String) -> [String: String] {
        var variables = serving(service, name: service, healthPort: 0)
        variables["DATABASE_URL"] = owner
        return variables
    }

    func serving(_ service: String, name: String, healthPort: Int) -> [String: String] {
        var variables = [
            "PATH": "/usr/bin:/bin", "TZ": "UTC", "ENV_FILE": "/dev/null", "LOG_FORMAT": "json", "LOG_LEVEL": "info",
            "STACK": "one-machine", "DATA_DIR": "\(folder)/data", "BUS_DIR": "\(folder)/bus",
            "HEALTH_PORT": "\(healthPort)", "PARENT_PID": "\(getpid())",
            "API_HOST": "127.0.0.1", "API_PORT": "\(apiPort)",
            "BCRYPT_COST": "4", "RATE_LIMIT_PER_MINUTE": "0", "RATE_LIMIT_AUTH_PER_MINUTE": "0",
            "RATE_LIMIT_API_KEY_PER_MINUTE": "0", "RATE_LIMIT_UPLOAD_BYTES_PER_MINUTE": "0",
        ]
        if service == "auth" || service == "gateway" { variables["JWT_SECRET_KEY"] = jwtSecret }
        if service == "auth" { variables["MASTER_KEY"] = masterKey }
        if let password = passwords[service] {
            variables["\(service.uppercased())_DATABASE_URL"] = serviceURL(service, password)
        }
        for more in [extra, extraByService[service] ?? [:], extraByService[name] ?? [:]] {
            variables.merge(more) { _, given in given }
        }
        return variables
    }

    /// 32 random bytes as text.
    private static func secret() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

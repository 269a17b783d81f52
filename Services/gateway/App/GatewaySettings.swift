import GatewayHTTP
import ServiceRuntime

/// What the gateway is configured by, beside what every process is.
enum GatewaySettings {
    static let host = Setting<String>(
        name: "API_HOST", default: "127.0.0.1", summary: "address that the API listens on")
    static let port = Setting<Int>(
        name: "API_PORT", default: 8000, range: 0...65535,
        summary: "port of the API; 0 takes a free one, which is logged")
    static let title = Setting<String>(
        name: "API_TITLE", default: "Switchboard", summary: "title of the API's description")
    static let version = Setting<String>(
        name: "API_VERSION", default: "1.0.0", summary: "version in the API's description and health")
    static let jwtSecretKey = Setting<Secret>(
        name: "JWT_SECRET_KEY", summary: "signs access tokens; the same as the auth service's",
        allowed: "a secret of at least 32 bytes", accepts: { $0.revealed.utf8.count >= 32 })
    static let jwtAudience = Setting<String>(
        name: "JWT_AUDIENCE", default: "voicera-api", summary: "the audience that access tokens name")
    static let corsOrigins = Setting<[String]>(
        name: "CORS_ORIGINS", default: ["http://localhost:3000", "http://localhost:5173"],
        summary: "web pages that may call the API from a browser; * allows all, without credentials")
    static let trustedProxies = Setting<[String]>(
        name: "TRUSTED_PROXIES", default: [], summary: "addresses and networks whose X-Forwarded-For counts",
        allowed: "a list of addresses and networks such as 10.0.0.0/8",
        accepts: { $0.allSatisfy { NetworkAddress.Network($0) != nil } })
    static let openIngest = Setting<Bool>(
        name: "OPEN_INGEST", default: false, summary: "true takes calls of known clients without a credential")
    static let certificateFile = Setting<String?>(
        name: "TLS_CERT_FILE", summary: "PEM file of the certificate and its chain", defaultNote: "plain HTTP")
    static let keyFile = Setting<String?>(
        name: "TLS_KEY_FILE", summary: "PEM file of the certificate's key", defaultNote: "plain HTTP")
    static let rateLimit = Setting<Int>(
        name: "RATE_LIMIT_PER_MINUTE", default: 100, range: 0...10_000_000,
        summary: "requests a minute of one person, or of one address without a credential; 0: no limit")
    static let rateLimitAuth = Setting<Int>(
        name: "RATE_LIMIT_AUTH_PER_MINUTE", default: 10, range: 0...10_000_000,
        summary: "sign-ins and the like a minute of one address; 0: no limit")
    static let rateLimitAPIKey = Setting<Int>(
        name: "RATE_LIMIT_API_KEY_PER_MINUTE", default: 6000, range: 0...10_000_000,
        summary: "requests a minute of one API key; 0: no limit")
    static let rateLimitUpload = Setting<ByteSize>(
        name: "RATE_LIMIT_UPLOAD_BYTES_PER_MINUTE", default: .mebibytes(10),
        summary: "uploaded bytes a minute of one person, sixty times as much for an API key; 0: no limit")
    static let maxConnections = Setting<Int>(
        name: "API_MAX_CONNECTIONS", default: 4096, range: 1...1_000_000,
        summary: "connections at a time; further ones wait to be accepted")
    static let maxInFlight = Setting<Int>(
        name: "API_MAX_IN_FLIGHT", default: 2048, range: 1...1_000_000,
        summary: "requests worked on at a time; further ones are refused with 503")

    static let maxSockets = Setting<Int>(
        name: "WS_MAX_SOCKETS", default: 3000, range: 0...1_000_000,
        summary: "live connections at a time, among API_MAX_CONNECTIONS; further ones are refused with 503")
    static let maxWorkspaceSockets = Setting<Int>(
        name: "WS_MAX_SOCKETS_PER_WORKSPACE", default: 500, range: 1...1_000_000,
        summary: "live connections of one workspace at a time; further ones are closed with 1013")
    static let takesTokenInQuery = Setting<Bool>(
        name: "WS_TOKEN_IN_QUERY", default: true,
        summary: "live connections may say who they are by ?token=, which proxies tend to log; tickets always do")

    static let all: [any SettingDeclaration] = [
        host, port, title, version, jwtSecretKey, jwtAudience, corsOrigins, trustedProxies, openIngest, certificateFile,
        keyFile, rateLimit, rateLimitAuth, rateLimitAPIKey, rateLimitUpload, maxConnections, maxInFlight,
        maxSockets, maxWorkspaceSockets, takesTokenInQuery,
    ]
}

extension RequestLimits {
    init(_ settings: Settings) {
        self.init()
        connections = settings[GatewaySettings.maxConnections]
        inFlight = settings[GatewaySettings.maxInFlight]
    }
}

extension LiveLimits {
    init(_ settings: Settings) {
        self.init()
        sockets = settings[GatewaySettings.maxSockets]
        socketsPerWorkspace = settings[GatewaySettings.maxWorkspaceSockets]
        takesTokenInQuery = settings[GatewaySettings.takesTokenInQuery]
    }
}

extension RateLimits {
    init(_ settings: Settings) {
        self.init()
        general = settings[GatewaySettings.rateLimit]
        authentication = settings[GatewaySettings.rateLimitAuth]
        apiKeys = settings[GatewaySettings.rateLimitAPIKey]
        uploadBytes = settings[GatewaySettings.rateLimitUpload].bytes
        apiKeyUploadBytes = uploadBytes.multipliedReportingOverflow(by: 60).partialValue
    }
}

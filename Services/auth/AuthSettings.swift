import ServiceRuntime

/// What the auth service is configured by, beside what every service is.
enum AuthSettings {
    static let secretBytes = 32

    static let jwtSecretKey = Setting<Secret>(
        name: "JWT_SECRET_KEY", summary: "signs access tokens; the gateways need the same",
        allowed: "a secret of at least \(secretBytes) bytes", accepts: { $0.revealed.utf8.count >= secretBytes })
    static let jwtAlgorithm = Setting<TokenAlgorithm>(
        name: "JWT_ALGORITHM", default: .HS256, summary: "how access tokens are signed")
    static let jwtAudience = Setting<String>(
        name: "JWT_AUDIENCE", default: "voicera-api", summary: "the audience that access tokens name")
    static let jwtExpirationHours = Setting<Int>(
        name: "JWT_EXPIRATION_HOURS", default: 24, range: 1...720, unit: "hours",
        summary: "how long an access token lives")
    static let jwtRefreshExpirationDays = Setting<Int>(
        name: "JWT_REFRESH_EXPIRATION_DAYS", default: 30, range: 1...30, unit: "days",
        summary: "how long a session lives, however often its token is renewed")
    static let masterKey = Setting<Secret>(
        name: "MASTER_KEY", summary: "wraps the keys of secrets at rest",
        allowed: "a secret of at least \(secretBytes) bytes", accepts: { $0.revealed.utf8.count >= secretBytes })
    static let passwordMinLength = Setting<Int>(
        name: "PASSWORD_MIN_LENGTH", default: 6, range: 1...128, unit: "characters",
        summary: "how short a new password may be")
    static let bcryptCost = Setting<Int>(
        name: "BCRYPT_COST", default: 12, range: 4...16,
        summary: "work of a password hash; each step doubles it, older hashes follow at the next sign-in")

    static let all: [any SettingDeclaration] =
        [
            jwtSecretKey, jwtAlgorithm, jwtAudience, jwtExpirationHours, jwtRefreshExpirationDays, masterKey,
            passwordMinLength, bcryptCost,
        ] + MailSettings.all
}

/// How access tokens may be signed.
enum TokenAlgorithm: String, SettingChoice {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case HS256
}

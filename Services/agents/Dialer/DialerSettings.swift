import ServiceRuntime

/// What the dialer is configured by.
enum DialerSettings {
    static let voiceServerURL = Setting<URLText?>(
        name: "VOICE_SERVER_URL", summary: "the server that places calls",
        defaultNote: "a simulated carrier answers, and calls are marked as simulated")
    static let voiceServerKey = Setting<Secret?>(
        name: "VOICE_SERVER_API_KEY", summary: "sent to the voice server as a bearer token",
        defaultNote: "nothing is sent"
    )
    static let callMaxMinutes = Setting<Int>(
        name: "CALL_MAX_MINUTES", default: 60, range: 1...1440,
        summary: "how long a call may last until it counts as failed when nobody says that it ended")

    static let all: [any SettingDeclaration] = [voiceServerURL, voiceServerKey, callMaxMinutes]
}

import Contracts
import ServiceRuntime

/// What deploying agents is configured by.
enum OnboardingSettings {
    static let phoneNumberPool = Setting<[String]>(
        name: "PHONE_NUMBER_POOL", default: [],
        summary: "phone numbers that deployed agents may get, with commas between",
        defaultNote: "simulated numbers +1-555-0100 to +1-555-0199", allowed: "phone numbers",
        accepts: { $0.allSatisfy { PhoneNumber($0) != nil } })

    static let all: [any SettingDeclaration] = [phoneNumberPool]
}

import Bus
import Contracts
import GatewayHTTP
import Hummingbird

/// A failure in this product's words: one text, under two names.
struct ReceptionistError {
    let refusal: Refusal

    static let schema = Schema.named(
        "Error",
        .object([
            .always("error", .text(example: "Client not found")),
            .always("message", .text(example: "Client not found")),
        ]))

    init(_ fault: Fault) {
        refusal = Refusal(
            status: Self.status(of: fault),
            body: JSONWriter.object { json in
                json.field("error", fault.message)
                json.field("message", fault.message)
            })
    }

    private static func status(of fault: Fault) -> HTTPResponse.Status {
        switch fault.entry {
        case .emailTaken, .phoneNumberTaken: .badRequest
        case .credentialsInvalid, .accountInactive, .tokenMissing, .tokenInvalid, .tokenExpired, .permissionDenied,
            .emailRequired, .emailInvalid, .passwordInvalid, .clientNotFound, .agentNotFound, .callNotFound,
            .apiKeyNotFound, .personNotFound, .clientIncomplete, .clientIDRequired, .inputMalformed, .inputInvalid,
            .tooLarge, .routeNotFound, .methodNotAllowed, .keyReused, .stillRunning, .rateLimited, .overloaded,
            .unavailable, .outcomeUnknown, .unexpected, .resetTokenInvalid, .invitationInvalid, .campaignNotFound,
            .numberNotFound, .suppressionNotFound, .recordingNotFound, .sessionNotFound, .memberNotFound,
            .workspaceNotFound, .agentExists, .agentInUse, .campaignNotLaunchable, .campaignRunning, .statusBackwards,
            .memberExists, .lastAdmin, .versionChanged, .nothingToSetUp, .agentNotDeployable, .phoneNumbersUsedUp,
            .conversationNotFound, .documentNotFound, .agentNotAnswering, .conversationEnded, .conversationTooLong:
            fault.status
        }
    }
}

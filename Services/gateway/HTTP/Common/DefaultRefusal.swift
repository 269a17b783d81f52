import Bus
import Contracts
import Hummingbird

/// The error body wherever no dialect has one of its own: it satisfies the clients of two products at once.
package enum DefaultRefusal {
    package static func of(_ fault: Fault) -> Refusal {
        let (status, code) = statusAndCode(of: fault)
        return Refusal(
            status: status, body: body(status: status.code, code: code, message: fault.message, details: fault.field))
    }

    static func code(of fault: Fault) -> String { statusAndCode(of: fault).1 }

    static func body(status: Int, code: String, message: String, details: String?) -> ByteBuffer {
        JSONWriter.object { json in
            json.field("success", false)
            json.name("data")
            json.null()
            json.field(
                "error",
                object: { json in
                    json.field("code", code)
                    json.field("message", message)
                    json.name("details")
                    if let details {
                        json.object { $0.field("field", details) }
                    } else {
                        json.null()
                    }
                })
            json.field("message", message)
            json.field("detail", message)
            json.field("error_code", code)
            json.field("status_code", status)
            json.field("timestamp", Timestamp.now())
        }
    }

    package static let schema = Schema.named(
        "Error",
        .object([
            .always("success", .boolean), .always("data", Schema(["type": "null"])),
            .always(
                "error",
                .object([
                    .always("code", .text(example: "VALIDATION_001")), .always("message", .text()),
                    .always("details", Schema.object([.maybe("field", .text())]).orNull),
                ])), .always("message", .text()), .always("detail", .text()), .always("error_code", .text()),
            .always("status_code", .integer(from: 400, through: 599)), .always("timestamp", .timestamp),
        ]))

    private static func statusAndCode(of fault: Fault) -> (HTTPResponse.Status, String) {
        switch fault.entry {
        case .credentialsInvalid, .accountInactive: (.unauthorized, "AUTH_001")
        case .tokenExpired: (.unauthorized, "AUTH_002")
        case .tokenMissing, .tokenInvalid: (.unauthorized, "AUTH_003")
        case .permissionDenied: (.forbidden, "AUTH_004")
        case .inputMalformed: (.badRequest, "VALIDATION_001")
        case .emailRequired, .emailInvalid, .passwordInvalid, .clientIncomplete, .clientIDRequired, .inputInvalid:
            (.unprocessableContent, "VALIDATION_001")
        case .resetTokenInvalid: (.badRequest, "AUTH_005")
        case .invitationInvalid: (.badRequest, "AUTH_006")
        case .tooLarge: (.contentTooLarge, "VALIDATION_001")
        case .clientNotFound: (.notFound, "CLIENT_001")
        case .agentNotFound: (.notFound, "AGENT_001")
        case .callNotFound: (.notFound, "CALL_001")
        case .apiKeyNotFound: (.notFound, "APIKEY_001")
        case .personNotFound: (.notFound, "USER_001")
        case .campaignNotFound: (.notFound, "CAMPAIGN_001")
        case .numberNotFound: (.notFound, "NUMBER_001")
        case .suppressionNotFound: (.notFound, "SUPPRESSION_001")
        case .recordingNotFound: (.notFound, "RECORDING_001")
        case .sessionNotFound: (.notFound, "SESSION_001")
        case .memberNotFound: (.notFound, "MEMBER_001")
        case .workspaceNotFound: (.notFound, "WORKSPACE_001")
        case .conversationNotFound: (.notFound, "CONVERSATION_001")
        case .documentNotFound: (.notFound, "KNOWLEDGE_001")
        case .agentExists: (.conflict, "AGENT_002")
        case .campaignNotLaunchable: (.conflict, "CAMPAIGN_002")
        case .agentNotDeployable: (.conflict, "AGENT_003")
        case .agentInUse, .campaignRunning, .statusBackwards, .memberExists, .lastAdmin, .nothingToSetUp,
            .phoneNumbersUsedUp, .agentNotAnswering, .conversationEnded, .conversationTooLong:
            (.conflict, "CONFLICT_001")
        case .versionChanged: (.preconditionFailed, "CONFLICT_001")
        case .routeNotFound: (.notFound, "ROUTE_001")
        case .methodNotAllowed: (.methodNotAllowed, "ROUTE_002")
        case .emailTaken, .phoneNumberTaken: (.conflict, "CONFLICT_001")
        case .keyReused: (.unprocessableContent, "CONFLICT_001")
        case .stillRunning: (.conflict, "CONFLICT_001")
        case .rateLimited: (.tooManyRequests, "RATE_001")
        case .overloaded, .unavailable, .outcomeUnknown: (.serviceUnavailable, "SERVER_002")
        case .unexpected: (fault.status, "SERVER_001")
        }
    }
}

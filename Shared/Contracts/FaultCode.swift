import Bus

/// The catalogue of failures. A new one is a case here; each dialect then has to say how it spells it.
package enum FaultCode: String, Sendable, CaseIterable {
    // Credentials
    case credentialsInvalid, accountInactive, tokenMissing, tokenInvalid, tokenExpired, permissionDenied
    case resetTokenInvalid, invitationInvalid
    // Registration
    case emailRequired, emailInvalid, emailTaken, passwordInvalid
    // Things
    case clientNotFound, agentNotFound, callNotFound, apiKeyNotFound, personNotFound
    case clientIncomplete, phoneNumberTaken, clientIDRequired
    case campaignNotFound, numberNotFound, suppressionNotFound, recordingNotFound, sessionNotFound, memberNotFound
    case workspaceNotFound, conversationNotFound, documentNotFound
    // What a thing's state does not allow
    case agentExists, agentInUse, campaignNotLaunchable, campaignRunning, statusBackwards, memberExists, lastAdmin
    case versionChanged, nothingToSetUp, agentNotDeployable, phoneNumbersUsedUp
    case agentNotAnswering, conversationEnded, conversationTooLong
    // Any input
    case inputMalformed, inputInvalid, tooLarge, routeNotFound, methodNotAllowed
    // Idempotency
    case keyReused, stillRunning
    // Quotas and load
    case rateLimited, overloaded, unavailable, outcomeUnknown, unexpected

    package var kind: Fault.Kind {
        switch self {
        case .credentialsInvalid, .accountInactive, .tokenMissing, .tokenInvalid, .tokenExpired: .unauthenticated
        case .permissionDenied: .forbidden
        case .emailRequired, .emailInvalid, .passwordInvalid, .clientIncomplete, .clientIDRequired, .inputMalformed,
            .inputInvalid, .resetTokenInvalid, .invitationInvalid:
            .invalid
        case .clientNotFound, .agentNotFound, .callNotFound, .apiKeyNotFound, .personNotFound, .routeNotFound,
            .methodNotAllowed, .campaignNotFound, .numberNotFound, .suppressionNotFound, .recordingNotFound,
            .sessionNotFound, .memberNotFound, .workspaceNotFound, .conversationNotFound, .documentNotFound:
            .notFound
        case .emailTaken, .phoneNumberTaken, .agentExists, .agentInUse, .campaignNotLaunchable, .campaignRunning,
            .statusBackwards, .memberExists, .lastAdmin, .nothingToSetUp, .agentNotDeployable, .phoneNumbersUsedUp,
            .agentNotAnswering, .conversationEnded, .conversationTooLong:
            .conflict
        case .versionChanged: .preconditionFailed
        case .tooLarge: .tooLarge
        case .keyReused: .mismatch
        case .stillRunning: .stillRunning
        case .rateLimited: .tooMany
        case .overloaded: .overloaded
        case .unavailable: .unavailable
        case .outcomeUnknown: .deadlinePassed
        case .unexpected: .unexpected
        }
    }

    /// The text when whoever throws says nothing more telling.
    package var defaultMessage: String {
        switch self {
        case .credentialsInvalid: "Invalid email or password"
        case .accountInactive: "Account is inactive"
        case .tokenMissing: "Missing authorization header"
        case .tokenInvalid, .tokenExpired: "Invalid or expired token"
        case .permissionDenied: "Permission denied"
        case .emailRequired: "Email and password required"
        case .emailInvalid: "Invalid email format"
        case .emailTaken: "Email already registered"
        case .passwordInvalid: "Password must be at least 6 characters"
        case .clientNotFound: "Client not found"
        case .agentNotFound: "Agent not found"
        case .callNotFound: "Call not found"
        case .apiKeyNotFound: "API key not found"
        case .personNotFound: "User not found"
        case .clientIncomplete: "Name and phone number required"
        case .phoneNumberTaken: "Phone number already in use"
        case .clientIDRequired: "Client ID required"
        case .campaignNotFound: "Campaign not found"
        case .numberNotFound: "Number not found"
        case .suppressionNotFound: "Suppression not found"
        case .recordingNotFound: "Recording not found"
        case .sessionNotFound: "Session not found"
        case .memberNotFound: "Member not found"
        case .workspaceNotFound: "Workspace not found"
        case .agentExists: "An agent with this name already exists"
        case .agentInUse: "The agent has an active campaign"
        case .campaignNotLaunchable: "The campaign cannot be launched"
        case .campaignRunning: "The campaign is active"
        case .statusBackwards: "A call's status only moves forward"
        case .memberExists: "This person is a member already"
        case .lastAdmin: "The last admin stays"
        case .nothingToSetUp: "There is no agent to set up yet"
        case .agentNotDeployable: "The agent cannot be deployed yet"
        case .phoneNumbersUsedUp: "No phone number is free"
        case .conversationNotFound: "Conversation not found"
        case .documentNotFound: "Document not found"
        case .agentNotAnswering: "The agent is not active"
        case .conversationEnded: "The conversation has ended"
        case .conversationTooLong: "The conversation is too long to go on"
        case .versionChanged: "It was changed meanwhile"
        case .resetTokenInvalid: "Invalid or expired reset token"
        case .invitationInvalid: "Invalid or expired invitation"
        case .inputMalformed: "The body is not valid JSON"
        case .inputInvalid: "The input is not valid"
        case .tooLarge: "The body is too large"
        case .routeNotFound: "Not found"
        case .methodNotAllowed: "Method not allowed"
        case .keyReused: "This key or id was used with another body"
        case .stillRunning: "The first request with this key is still running"
        case .rateLimited: "Too many requests"
        case .overloaded: "The service is busy. Try again shortly."
        case .unavailable: "The service is not available. Try again shortly."
        case .outcomeUnknown: "Outcome unknown, retry with the same key."
        case .unexpected: "Internal server error"
        }
    }
}

extension Fault {
    /// A failure of the catalogue; `message` where there is more to say than the default.
    package init(_ code: FaultCode, _ message: String? = nil, field: String? = nil, retryAfterMS: Int? = nil) {
        self.init(
            kind: code.kind, code: code.rawValue, message: message ?? code.defaultMessage, field: field,
            retryAfterMS: retryAfterMS)
    }

    /// Its entry in the catalogue.
    package var entry: FaultCode { FaultCode(rawValue: code) ?? .unexpected }
}

import Bus

/// A way to reach an agent.
package enum AgentChannel: String, Sendable, Codable, CaseIterable {
    case phone
    case chat
    case whatsapp
    case email
}

/// What an agent is to those who reach it, and where they do.
package struct AgentPresence: Sendable, Codable, Equatable {
    /// `Customer support` …; at most 100 characters.
    package var role: String
    /// At most 2000 characters.
    package var personality: String
    /// Each once.
    package var channels: [AgentChannel]
    package var setup: ChannelSetup
    /// The number that it answers; nil before it is deployed for the phone.
    package var phoneNumber: String?
    /// Nobody can really call that number.
    package var isPhoneSimulated: Bool
    /// What was said of it while it was being set up.
    package var stepsDone: [AgentStep]
    /// When it was deployed last; nil before.
    package var deployedAt: Timestamp?

    package init(
        role: String = "", personality: String = "", channels: [AgentChannel] = [],
        setup: ChannelSetup = ChannelSetup(), phoneNumber: String? = nil, isPhoneSimulated: Bool = false,
        stepsDone: [AgentStep] = [], deployedAt: Timestamp? = nil
    ) {
        self.role = role
        self.personality = personality
        self.channels = channels
        self.setup = setup
        self.phoneNumber = phoneNumber
        self.isPhoneSimulated = isPhoneSimulated
        self.stepsDone = stepsDone
        self.deployedAt = deployedAt
    }
}

/// A step of setting up an agent that says something of the agent itself.
package enum AgentStep: String, Sendable, Codable, CaseIterable {
    case voice
    case channels
}

/// How the channels of an agent are set up.
package struct ChannelSetup: Sendable, Codable, Equatable {
    /// The number that is wanted, as given, at most 64 characters.
    package var phoneNumber: String?
    package var chatWidget: ChatWidget?
    /// Kept as it was given, in JSON, at most 4096 bytes.
    package var whatsapp: String?
    package var email: String?

    package init(
        phoneNumber: String? = nil, chatWidget: ChatWidget? = nil, whatsapp: String? = nil, email: String? = nil
    ) {
        self.phoneNumber = phoneNumber
        self.chatWidget = chatWidget
        self.whatsapp = whatsapp
        self.email = email
    }
}

/// The chat window on somebody's pages.
package struct ChatWidget: Sendable, Codable, Equatable {
    package var isEnabled: Bool
    /// At most 2048 characters.
    package var websiteURL: String?
    /// At most 32 characters.
    package var color: String?

    package init(isEnabled: Bool, websiteURL: String? = nil, color: String? = nil) {
        self.isEnabled = isEnabled
        self.websiteURL = websiteURL
        self.color = color
    }
}

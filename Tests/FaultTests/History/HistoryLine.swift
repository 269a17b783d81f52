import TestSupport

/// What the test's client asked or was answered, as one line of its history.
struct HistoryLine: Codable, Sendable {
    enum Event: String, Codable, Sendable {
        /// Written, and durable, before the first byte is sent.
        case asked
        case answered
        /// No answer came: the connection broke, or time ran out.
        case lost
    }

    var event: Event
    /// Which operation, unique in the run; attempts of one operation share it.
    var operation: String
    /// From 1.
    var attempt: Int
    /// Nanoseconds since the history began: when it was sent, and when the answer was there or given up.
    var sentAt: Int64?
    var at: Int64

    // Of `asked`:
    var kind: OperationKind?
    /// Who asks, by number; see `Tenant`.
    var tenant: Int?
    var method: String?
    var path: String?
    var key: String?
    var body: JSON?
    /// The session that a logout ends.
    var token: String?

    // Of `answered`:
    var status: Int?
    var answer: JSON?
    var isReplayed: Bool?

    // Of `lost`:
    var error: String?
}

/// What an operation wants; the checks treat each kind by its own rule.
enum OperationKind: String, Codable, Sendable {
    case call
    case batch
    /// A call that must be refused.
    case badCall
    /// An answered call once more, with the same key.
    case replay
    /// An answered call's key with another body.
    case reuse
    case readCall
    case recordCall
    case changeCall
    case deleteCall
    case dashboard
    case createClient
    case updateClient
    case deleteClient
    case logIn
    case logOut
    case createKey
    case deleteKey
    case message
    /// An answered message once more, with the same key.
    case replayMessage
    case endConversation
    case rateConversation
    case addDocument
    case makeAgent
    case setUpAgent
    case deployAgent
}

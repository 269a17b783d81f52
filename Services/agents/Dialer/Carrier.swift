import Contracts

/// What became of an order to place a call.
enum Placement: Sendable, Equatable {
    case placed
    /// The carrier has said no: nobody is called.
    /// - Parameter isFailing: whether it may well say so to every call.
    case refused(code: String, detail: String, isFailing: Bool)
    /// Nothing left this process.
    case unsent(String)
    /// It may have been taken or not.
    case unknown(String)
}

/// Places calls.
protocol Carrier: Sendable {
    /// Never throws and never takes longer than its own deadline.
    func place(_ attempt: Attempt) async -> Placement
    func close() async
}

/// Takes every call; what becomes of it is `SimulatedCalls`' to play.
struct SimulatedCarrier: Carrier {
    func place(_ attempt: Attempt) async -> Placement { .placed }
    func close() async {}
}

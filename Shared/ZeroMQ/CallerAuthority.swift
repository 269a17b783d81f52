import Bus

/// Which peer may speak for which caller, once keys tell who a peer is.
///
/// A caller is made in one place, the gateway, out of a credential that it has checked. Services pass on the caller of
/// the question that they are working on, or act as themselves. That a service only passes on callers it was given is a
/// rule of the code, not of the wire: a service is trusted with the callers that reach it. Anything else with an
/// admitted key, for example a tool, may only act as itself.
package struct CallerAuthority: Sendable, Equatable {
    /// Peers that make callers out of credentials.
    package var asserting: Set<String>
    /// Peers that pass callers on; nil stands for every other admitted peer.
    package var passingOn: Set<String>?

    package init(asserting: Set<String> = ["gateway"], passingOn: Set<String>? = nil) {
        self.asserting = asserting
        self.passingOn = passingOn
    }

    /// Whether `peer`, whose key was checked, may send a question of this caller.
    package func permits(_ identity: Caller.Identity, from peer: String) -> Bool {
        if case .service(peer) = identity { return true }
        switch identity {
        case .anonymous: return true
        case .person, .apiKey: return asserting.contains(peer) || passesOn(peer)
        case .service: return !asserting.contains(peer) && passesOn(peer)
        }
    }

    private func passesOn(_ peer: String) -> Bool {
        passingOn?.contains(peer) ?? !asserting.contains(peer)
    }
}

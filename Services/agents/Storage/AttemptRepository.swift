import Bus
import Contracts

/// A campaign that has something to dial now.
struct DialableCampaign: Sendable, Equatable {
    var workspaceID: WorkspaceID
    var id: CampaignID
}

/// How attempts are made.
struct DialingTerms: Sendable {
    /// The process that dials.
    var holder: DialerID
    /// Whether the simulated carrier places what is taken.
    var isSimulated: Bool
    /// After which nobody waits for the end of a call, in seconds.
    var callSeconds: Int
    /// How long others leave the attempts of a process alone that says nothing.
    var leaseSeconds = 15
}

enum DialerEntity {}
/// Names a process that dials, from its start to its end.
typealias DialerID = Identifier<DialerEntity>

/// What is left of a batch when its placing begins.
struct PlacingBegun: Sendable, Equatable {
    /// To be sent now, by this process alone.
    var placing: Set<CallID>
    /// To be withdrawn, since their campaign makes no calls any more.
    var stopped: Set<CallID>
    /// To be begun later.
    var waiting: Set<CallID>
}

/// Where attempts are kept. Whatever moves a number moves the counts of its campaign with it.
protocol AttemptRepository: Sendable {
    /// Active campaigns of all workspaces with numbers that are due and room for calls, at most 64 in any order; and
    /// whether any campaign is active or scheduled at all.
    func dialable() async throws -> (campaigns: [DialableCampaign], isAnythingActive: Bool)

    /// Records attempts to numbers of a campaign that are due, the longest due first, as many as there is room for and at
    /// most `limit`. Numbers that are suppressed are settled instead.
    /// - Returns: the attempts, and how many numbers were settled.
    func take(
        from campaign: DialableCampaign, limit: Int, terms: DialingTerms
    ) async throws -> (attempts: [Attempt], suppressed: Int)

    /// Moves recorded attempts on to placing, at most `limit` of them; those whose lease somebody else has are in none of
    /// the sets.
    func beginPlacing(_ attempts: [Attempt], limit: Int, terms: DialingTerms) async throws -> PlacingBegun

    /// Takes back the placing of attempts of which nothing was sent.
    func takeBack(_ attempts: [Attempt], terms: DialingTerms) async throws

    /// Keeps what became of the placing of attempts.
    func note(_ phases: [(attempt: Attempt, phase: AttemptPhase)]) async throws

    /// Ends attempts and settles their numbers, or makes them due again; what has ended stays as it is.
    /// - Returns: how many ended.
    func settle(_ ends: [AttemptEnd]) async throws -> Int

    /// Takes over what processes have left that say nothing any more: recorded attempts, and simulated calls. What they
    /// may have been sending becomes unknown.
    func takeOver(limit: Int, terms: DialingTerms) async throws -> [Attempt]

    /// Prolongs the leases of these calls as far as this process still has them.
    func renew(_ calls: [CallID], terms: DialingTerms) async throws

    /// Leaves everything to other processes.
    func release(terms: DialingTerms) async throws

    /// Attempts whose call nobody has ended in time, at most 500.
    func overdue() async throws -> [Attempt]

    /// Ends that the records of their calls have not heard of, at most 200.
    func untold() async throws -> [AttemptEnd]

    func markTold(_ ends: [AttemptEnd]) async throws
}

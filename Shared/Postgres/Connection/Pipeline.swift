/// Statements that are sent together and, unless a transaction is open, form one.
struct Pipeline {
    enum Ending {
        /// A transaction was begun by an earlier statement and stays open, or nothing is written.
        case keepsTransaction
        /// The sync that ends the pipeline commits.
        case commits
        /// The only statement is COMMIT.
        case isCommit
    }

    var statements: [Statement]
    var ending: Ending
    var deadline: Deadline
    var interruption: Interruption?
    var stages = CommitStages()
}

/// Called around the commit of a pipeline. Without them everything is sent in one go; `beforeCommit` costs a
/// round trip of its own.
package struct CommitStages: Sendable {
    /// The rows are written and PostgreSQL has said so; the commit is not sent.
    package var beforeCommit: (@Sendable () -> Void)?
    /// The commit has been handed to the network; its result is not read.
    package var commitSent: (@Sendable () -> Void)?

    package init(beforeCommit: (@Sendable () -> Void)? = nil, commitSent: (@Sendable () -> Void)? = nil) {
        self.beforeCommit = beforeCommit
        self.commitSent = commitSent
    }
}

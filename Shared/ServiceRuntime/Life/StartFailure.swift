/// Why a process does not start, or a component ends, as one sentence for the operator.
package struct StartFailure: Error, CustomStringConvertible {
    /// A whole sentence without secrets.
    package let description: String
    /// What the process exits with: 1, or 78 when its configuration is at fault.
    package let exitCode: Int32

    package init(_ sentence: String, exitCode: Int32 = 1) {
        description = sentence
        self.exitCode = exitCode
    }
}

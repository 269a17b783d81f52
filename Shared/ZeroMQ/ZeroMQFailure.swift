import CZeroMQ

/// What libzmq refused, in its own words.
package struct ZeroMQFailure: Error, Equatable, CustomStringConvertible {
    package let operation: String
    /// An `errno`, also one of libzmq's own.
    package let code: Int32

    init(_ operation: String, code: Int32 = czmq_errno()) {
        self.operation = operation
        self.code = code
    }

    package var description: String { "\(operation): \(String(cString: zmq_strerror(code)))" }
}

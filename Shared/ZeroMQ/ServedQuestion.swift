import Bus

/// The address that libzmq gave a connected peer: up to eight bytes, kept without an allocation.
struct PeerAddress: Hashable, Sendable {
    private let bits: UInt64
    private let count: UInt8

    /// Nil for a peer that chose a longer name for itself, which none of ours does.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard (1...8).contains(bytes.count) else { return nil }
        var bits: UInt64 = 0
        withUnsafeMutableBytes(of: &bits) { $0.copyMemory(from: bytes) }
        self.bits = bits
        count = UInt8(bytes.count)
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(of: bits) { body(UnsafeRawBufferPointer(rebasing: $0.prefix(Int(count)))) }
    }
}

/// A question that was received and understood as far as its header.
final class ServedQuestion: Sendable {
    let peer: PeerAddress
    let frame: [UInt8]
    let payloadOffset: Int
    let correlation: UInt64
    let caller: Caller
    let context: RequestContext
    let entry: ServedHandlers.Entry
    let subject: String

    init(
        peer: PeerAddress, frame: [UInt8], payloadOffset: Int, header: RequestHeader, entry: ServedHandlers.Entry
    ) {
        self.peer = peer
        self.frame = frame
        self.payloadOffset = payloadOffset
        self.entry = entry
        correlation = header.correlation
        caller = header.caller
        subject = header.subject
        context = RequestContext(
            requestID: header.requestID, traceparent: header.traceparent,
            deadline: .after(milliseconds: Int(header.budgetMS)))
    }

    /// Runs the handler in the context that travelled with the question.
    func answer() async -> Result<[UInt8], Fault> {
        await RequestContext.$current.withValue(context) { await entry.answer(frame, payloadOffset, caller) }
    }
}

/// An answer on its way out.
struct OutgoingFrame: Sendable {
    let peer: PeerAddress
    let frame: [UInt8]
}

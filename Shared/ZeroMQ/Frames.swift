import Bus

/// The first bytes of an answer, read where it was received, before anything is copied.
enum AnswerFrame: Equatable {
    case answer(UInt64)
    /// 0 means the peer as a whole and no particular question.
    case draining(UInt64)
    case alive

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= FrameLayout.header, bytes[0] == WireVersion.current else { return nil }
        let id = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: FrameLayout.correlation, as: UInt64.self))
        switch WireKind(rawValue: bytes[1]) {
        case .reply, .fault: self = .answer(id)
        case .draining: self = .draining(id)
        case .alive: self = .alive
        default: return nil
        }
    }
}

/// Where the fixed fields of every question and answer stand: version, kind, number, and for a question the budget.
enum FrameLayout {
    static let correlation = 2
    static let budget = 10
    static let header = 10

    static let ping = frame(.ping, 0)
    static let alive = frame(.alive, 0)

    static func draining(_ id: UInt64) -> [UInt8] { frame(.draining, id) }

    private static func frame(_ kind: WireKind, _ id: UInt64) -> [UInt8] {
        var writer = MessageWriter(reserving: header)
        writer.write(WireVersion.current)
        writer.write(kind.rawValue)
        writer.write(id)
        return writer.bytes
    }
}

extension [UInt8] {
    /// Renews how long the asker of this question will still wait.
    mutating func setBudget(_ milliseconds: UInt32) {
        guard count >= FrameLayout.budget + 4 else { return }
        Swift.withUnsafeBytes(of: milliseconds.littleEndian) {
            replaceSubrange(FrameLayout.budget..<FrameLayout.budget + 4, with: $0)
        }
    }
}

extension BusStats.Asking {
    /// Adds what was counted since the last report; what stands, such as `live`, is not touched.
    mutating func add(_ counted: BusStats.Asking) {
        inFlight += counted.inFlight
        refused += counted.refused
        unreachable += counted.unreachable
        timeouts += counted.timeouts
        cancelled += counted.cancelled
        cutOff += counted.cutOff
        resent += counted.resent
        late += counted.late
        malformed += counted.malformed
    }
}

/// Takes the data of events out of the bytes of a stream, wherever those are cut (HTML Living Standard, 9.2).
///
/// Names, ids and comments are left out: no server of chat completions says anything in them.
struct ServerSentEvents {
    /// An event was longer than is allowed.
    struct TooLong: Error, Equatable {}

    private let mostBytes: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var endedWithReturn = false
    private var isAtStart = true

    /// - Parameter mostBytes: of a line, and of the data of one event.
    init(mostBytes: Int = 262_144) {
        self.mostBytes = mostBytes
    }

    /// - Returns: the data of the events that these bytes complete.
    mutating func feed(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [String] {
        var events: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                defer { endedWithReturn = false }
                // The second half of CR LF.
                if endedWithReturn { continue }
                if let event = try endLine() { events.append(event) }
            } else if byte == UInt8(ascii: "\r") {
                endedWithReturn = true
                if let event = try endLine() { events.append(event) }
            } else {
                endedWithReturn = false
                guard line.count < mostBytes else { throw TooLong() }
                line.append(byte)
            }
        }
        return events
    }

    /// What the stream ended in the middle of: some servers leave out the empty line behind their last event.
    mutating func finish() throws(TooLong) -> String? {
        if !line.isEmpty, let event = try endLine() { return event }
        return takeEvent()
    }

    /// An event when the line was empty.
    private mutating func endLine() throws(TooLong) -> String? {
        defer { line.removeAll(keepingCapacity: true) }
        if isAtStart {
            isAtStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return takeEvent() }
        guard let value = dataOfLine() else { return nil }
        if hasData { data.append(UInt8(ascii: "\n")) }
        hasData = true
        guard data.count + value.count <= mostBytes else { throw TooLong() }
        data.append(contentsOf: value)
        return nil
    }

    private func dataOfLine() -> ArraySlice<UInt8>? {
        let name = Array("data".utf8)
        guard line.starts(with: name) else { return nil }
        let rest = line.dropFirst(name.count)
        guard let colon = rest.first else { return rest }
        guard colon == UInt8(ascii: ":") else { return nil }
        let value = rest.dropFirst()
        return value.first == UInt8(ascii: " ") ? value.dropFirst() : value
    }

    private mutating func takeEvent() -> String? {
        guard hasData else { return nil }
        defer {
            data.removeAll(keepingCapacity: true)
            hasData = false
        }
        return String(decoding: data, as: UTF8.self)
    }
}

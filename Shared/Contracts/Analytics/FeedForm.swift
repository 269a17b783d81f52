import Bus

// The binary form of a fact, which is also how it is stored: a byte that says what it is, then its references. A new fact
// gets a new byte; those that are there keep theirs.

extension FeedFact: BusMessage {
    package init(from reader: inout MessageReader) throws {
        switch try reader.read(UInt8.self) {
        case 0: self = .conversationStarted(try reader.read())
        case 1: self = .turnAdded(try reader.read(), turn: try reader.read())
        case 2: self = .conversationEnded(try reader.read())
        case 3: self = .callLogged(try reader.read())
        case 4: self = .activity(try reader.read())
        case 5: self = .agentStatus(try reader.read(), try reader.readCase())
        case 6: self = .document(try reader.read(), try reader.readCase(), progressPercent: try reader.read())
        case let other: throw MalformedMessage("\(other) is no fact of a feed")
        }
    }

    package func write(to writer: inout MessageWriter) {
        switch self {
        case .conversationStarted(let id):
            writer.write(UInt8(0))
            writer.write(id)
        case .turnAdded(let id, let turn):
            writer.write(UInt8(1))
            writer.write(id)
            writer.write(turn)
        case .conversationEnded(let id):
            writer.write(UInt8(2))
            writer.write(id)
        case .callLogged(let id):
            writer.write(UInt8(3))
            writer.write(id)
        case .activity(let activity):
            writer.write(UInt8(4))
            writer.write(activity)
        case .agentStatus(let id, let status):
            writer.write(UInt8(5))
            writer.write(id)
            writer.write(case: status)
        case .document(let id, let status, let progress):
            writer.write(UInt8(6))
            writer.write(id)
            writer.write(case: status)
            writer.write(progress)
        }
    }
}

extension FeedActivity: BusMessage {
    package init(from reader: inout MessageReader) throws {
        kind = try reader.readCase()
        outcome = try reader.readCase()
        callID = try reader.readOptional(CallID.self)
        agentID = try reader.readOptional(AgentID.self)
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(case: kind)
        writer.write(case: outcome)
        writer.write(optional: callID)
        writer.write(optional: agentID)
    }
}

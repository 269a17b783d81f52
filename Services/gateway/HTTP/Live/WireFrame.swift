import NIOCore
import NIOWebSocket

/// Frames as they go over the wire, made once and sent to any number of connections. What a server sends is not masked
/// (RFC 6455, 5.1), so that the same bytes are good for all.
enum WireFrame {
    static func text(_ payload: ByteBuffer) -> ByteBuffer { frame(0x1, payload) }
    static let ping = frame(0x9, ByteBuffer())
    static func pong(_ payload: ByteBuffer) -> ByteBuffer { frame(0xA, payload) }

    /// - Parameter reason: at most 123 bytes of it are sent.
    static func close(_ code: CloseCode, _ reason: String = "") -> ByteBuffer {
        var payload = ByteBuffer()
        payload.writeInteger(code.rawValue)
        var length = 0
        for character in reason where length + character.utf8.count <= 123 {
            payload.writeString(String(character))
            length += character.utf8.count
        }
        return frame(0x8, payload)
    }

    private static func frame(_ opcode: UInt8, _ payload: ByteBuffer) -> ByteBuffer {
        let count = payload.readableBytes
        var frame = ByteBufferAllocator().buffer(capacity: count + 10)
        frame.writeInteger(0x80 | opcode)
        switch count {
        case ...125: frame.writeInteger(UInt8(count))
        case ...0xFFFF:
            frame.writeInteger(UInt8(126))
            frame.writeInteger(UInt16(count))
        default:
            frame.writeInteger(UInt8(127))
            frame.writeInteger(UInt64(count))
        }
        frame.writeImmutableBuffer(payload)
        return frame
    }
}

/// Why a connection is closed (RFC 6455, 7.4.1 and the IANA registry).
package enum CloseCode: UInt16, Sendable {
    case normal = 1000
    case goingAway = 1001
    case protocolError = 1002
    case unacceptable = 1003
    case invalidText = 1007
    case policy = 1008
    case tooLarge = 1009
    case unexpected = 1011
    case tryAgain = 1013
}

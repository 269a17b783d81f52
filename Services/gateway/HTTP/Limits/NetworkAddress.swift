import Foundation
import NIOCore

/// An IP address: 16 bytes, IPv4 in its IPv6 form.
package struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads IPv4 and IPv6, without port, brackets or zone; nil for anything else.
    package init?(_ text: some StringProtocol) {
        var v4 = in_addr()
        var v6 = in6_addr()
        let text = String(text)
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(UInt32(bigEndian: v4.s_addr)))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self = withUnsafeBytes(of: &v6) { bytes in
                NetworkAddress(
                    high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                    low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
            }
        } else {
            return nil
        }
    }

    /// Nil for a socket that has no IP address.
    package init?(_ address: SocketAddress?) {
        guard let text = address?.ipAddress else { return nil }
        self.init(text.prefix { $0 != "%" })
    }

    package static let loopback = NetworkAddress(high: 0, low: 0xFFFF_7F00_0001)

    var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// What limits count: an IPv4 address, or the /64 network that one IPv6 user has.
    package var counted: NetworkAddress { isV4 ? self : NetworkAddress(high: high, low: 0) }

    package var description: String {
        if isV4 { return (0..<4).map { String(low >> (24 - 8 * UInt64($0)) & 0xFF) }.joined(separator: ".") }
        var bytes = (high.bigEndian, low.bigEndian)
        var text = [CChar](repeating: 0, count: 46)
        guard inet_ntop(AF_INET6, &bytes, &text, 46) != nil else { return "::" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    fileprivate func firstBits(_ count: Int) -> (UInt64, UInt64) {
        let highBits = min(count, 64)
        let lowBits = count - highBits
        return (
            highBits == 0 ? 0 : high & (.max << UInt64(64 - highBits)),
            lowBits == 0 ? 0 : low & (.max << UInt64(64 - lowBits))
        )
    }

    /// A network: an address and how many of its first bits count.
    package struct Network: Hashable, Sendable {
        private let address: NetworkAddress
        private let bits: Int

        /// Reads `10.0.0.0/8`, `::1/128` or an address alone.
        package init?(_ text: some StringProtocol) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard let first = parts.first, let address = NetworkAddress(first), parts.count <= 2 else { return nil }
            let width = address.isV4 ? 32 : 128
            let bits = parts.count == 2 ? Int(parts[1]) : width
            guard let bits, (0...width).contains(bits) else { return nil }
            self.address = address
            self.bits = bits + 128 - width
        }

        package func contains(_ other: NetworkAddress) -> Bool {
            address.firstBits(bits) == other.firstBits(bits)
        }
    }
}

/// The proxies in front of the gateway whose word about the client's address counts.
package struct TrustedProxies: Sendable {
    private let networks: [NetworkAddress.Network]

    package init(_ networks: [NetworkAddress.Network] = []) {
        self.networks = networks
    }

    /// The peer, or, if that is a trusted proxy, the last address of `X-Forwarded-For` that is none.
    package func client(peer: NetworkAddress, forwardedFor: @autoclosure () -> String?) -> NetworkAddress {
        guard !networks.isEmpty, isTrusted(peer), let forwardedFor = forwardedFor() else { return peer }
        var client = peer
        for part in forwardedFor.split(separator: ",").suffix(32).reversed() {
            guard let address = Self.address(part.trimmingCharacters(in: .whitespaces)) else { return client }
            client = address
            guard isTrusted(address) else { return client }
        }
        return client
    }

    /// Some proxies add the port.
    private static func address(_ text: String) -> NetworkAddress? {
        if let address = NetworkAddress(text) { return address }
        if text.hasPrefix("[") { return NetworkAddress(text.dropFirst().prefix { $0 != "]" }) }
        return NetworkAddress(text.prefix { $0 != ":" })
    }

    package func isTrusted(_ address: NetworkAddress) -> Bool {
        networks.contains { $0.contains(address) }
    }
}

import Foundation

/// Which IP addresses anybody in the world may be asked at: none of this machine, of its networks, or with a special use.
enum PublicAddress {
    private static let closedV4: [(network: UInt32, bits: UInt32)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16), (0xAC10_0000, 12),
        (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16), (0xC612_0000, 15),
        (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 4), (0xF000_0000, 4),
    ]

    /// - Parameter text: as `inet_ntop` writes it. A name, or a number in any other spelling, is no public address.
    static func isPublic(_ text: String) -> Bool {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return isPublic(v4: UInt32(bigEndian: v4.s_addr)) }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return false }
        return withUnsafeBytes(of: &v6) { isPublic(v6: Array($0)) }
    }

    private static func isPublic(v4 address: UInt32) -> Bool {
        !closedV4.contains { (address ^ $0.network) >> (32 - $0.bits) == 0 }
    }

    /// Global unicast without what stands for IPv4 or was set aside. Mapped, NAT64, unique local, link-local and
    /// multicast addresses lie outside of it.
    private static func isPublic(v6 bytes: [UInt8]) -> Bool {
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        let head = UInt32(bytes[0]) << 24 | UInt32(bytes[1]) << 16 | UInt32(bytes[2]) << 8 | UInt32(bytes[3])
        let isSetAside =
            head >> 9 == 0x2001_0000 >> 9 || head == 0x2001_0DB8 || head >> 16 == 0x2002 || head >> 12 == 0x3FFF_0
        return !isSetAside
    }

    /// Whether a resolver would take it for a number: `127.1`, `0x7f000001`, `2130706433`, `0177.0.0.1` …
    static func isNumber(_ host: String) -> Bool {
        var address = in_addr()
        return inet_aton(host, &address) != 0
    }
}

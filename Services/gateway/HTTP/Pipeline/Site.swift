import Hummingbird

/// Where the gateway is, as the one who asks sees it.
enum Site {
    /// Such as `https://api.example.com:8443`; empty when the request does not say, so that an address has its path only.
    /// - Parameter forwardedScheme: what a trusted proxy says it was asked in.
    static func of(_ request: Request, isSecure: Bool, forwardedScheme: String?) -> String {
        guard let host = request.head.authority, isGood(host) else { return "" }
        let scheme = forwardedScheme?.lowercased()
        if let scheme, scheme == "http" || scheme == "https" { return "\(scheme)://\(host)" }
        return (isSecure ? "https://" : "http://") + host
    }

    private static func isGood(_ host: String) -> Bool {
        (1...255).contains(host.utf8.count)
            && host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "["),
                    UInt8(ascii: "]"):
                    true
                default: false
                }
            }
    }
}

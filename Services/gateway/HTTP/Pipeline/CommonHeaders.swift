import Bus
import Contracts
import Hummingbird
import NIOConcurrencyHelpers

/// The headers that every answer has.
struct CommonHeaders: Sendable {
    private let fixed: HTTPFields
    private let date = HTTPDate()

    init(isSecure: Bool) {
        var fields = HTTPFields()
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        fields[.frameOptions] = "DENY"
        fields[.referrerPolicy] = "no-referrer"
        fields[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        fields[.vary] = "Origin"
        if isSecure { fields[.strictTransportSecurity] = "max-age=31536000; includeSubDomains" }
        fixed = fields
    }

    /// - Parameter own: what the answer itself sets; it wins over the common ones.
    func fields(requestID: String, standing: RateLimiter.Standing, own: HTTPFields) -> HTTPFields {
        var fields = fixed
        fields.reserveCapacity(fixed.count + own.count + 8)
        for field in own { fields[field.name] = field.value }
        fields.append(.init(name: .date, value: date.text))
        fields.append(.init(name: .requestID, value: requestID))
        fields.append(.init(name: .rateLimit, value: String(standing.limit)))
        fields.append(.init(name: .rateRemaining, value: String(standing.remaining)))
        fields.append(.init(name: .rateReset, value: String(standing.reset)))
        return fields
    }
}

/// The `Date` header, made once a second.
final class HTTPDate: Sendable {
    private let made = NIOLockedValueBox<(second: Int64, text: String)>((-1, ""))

    var text: String {
        let second = Timestamp.now().microseconds / 1_000_000
        return made.withLockedValue { made in
            if made.second != second { made = (second, Self.text(of: second)) }
            return made.text
        }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func text(of second: Int64) -> String {
        let moment = Timestamp(microseconds: second * 1_000_000)
        let (year, month, day) = moment.day.civil
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(moment.day.daysSince1970 % 7)]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = moment.text.dropFirst(11).prefix(8)
        return "\(weekday), \(day < 10 ? "0" : "")\(day) \(months[month - 1]) \(year) \(time) GMT"
    }
}

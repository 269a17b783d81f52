/// What tokens cost, in millionths of the currency for a thousand of them.
struct ChatPrices: Sendable, Equatable {
    /// 0 or more.
    var promptMicros = 0
    var completionMicros = 0

    /// More tokens than any answer takes: a server that claims more is not believed.
    static let mostTokens = 10_000_000

    /// Rounded up, so that many cheap answers do not cost nothing.
    func costMicros(of usage: ChatUsage) -> Int {
        let prompt = min(max(0, usage.promptTokens), Self.mostTokens)
        let completion = min(max(0, usage.completionTokens), Self.mostTokens)
        return (prompt * promptMicros + completion * completionMicros + 999) / 1000
    }
}

import Bus
import Testing

@Suite struct RequestContextTests {
    @Test func `a deadline is bounded on both sides`() {
        #expect(Deadline.after(milliseconds: -5).hasPassed)
        #expect(Deadline.after(milliseconds: -5).remainingMS == 0)
        let far = Deadline.after(milliseconds: .max)
        #expect(!far.hasPassed)
        #expect(far.remainingMS > 365 * 86_400_000)
        #expect(far.budgetMS == .max)
    }

    @Test func `what is left is rounded up`() {
        #expect((99...100).contains(Deadline.after(milliseconds: 100).remainingMS))
    }

    @Test func `a question keeps the context and only brings its deadline forward`() {
        let context = RequestContext(requestID: "request-1", traceparent: "t", deadline: .after(milliseconds: 1000))
        RequestContext.$current.withValue(context) {
            #expect(RequestContext.forAsking(within: nil, or: 1) == context)
            #expect(RequestContext.forAsking(within: 5000, or: 1) == context)
            let sooner = RequestContext.forAsking(within: 10, or: 1)
            #expect(sooner.requestID == "request-1" && sooner.deadline < context.deadline)
        }
    }

    @Test func `without a context a question gets an id and the default time`() {
        let context = RequestContext.forAsking(within: nil, or: 200)
        #expect(context.requestID.count == 36)
        #expect((1...200).contains(context.deadline.remainingMS))
        #expect(RequestContext.forAsking(within: nil, or: 1).requestID != context.requestID)
    }

    @Test func `the owner of a subject is its first part`() {
        #expect(Subject("calls.log-call.v1").owner == "calls")
        #expect(Subject("alone").owner == "alone")
        #expect(Subject("").owner.isEmpty)
    }
}

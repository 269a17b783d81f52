import Bus
import Contracts
import GatewayHTTP
import Hummingbird

/// Call logs: calls from their first sign of life to their end.
enum CallLogRoutes {
    static let routes: [Route] = [
        .get(
            "call-logs", needs: .readCalls, "Call logs, newest first", query: CallLogsBody.query
        ) {
            try await CallLogsBody.page($0, campaignID: try $0.query.id("campaign_id", orElse: .campaignNotFound))
        },
        .get(
            "call-logs/campaign/{id}", needs: .readCalls, "Call logs of one campaign, newest first",
            query: CallLogsBody.query.filter { $0.name != "campaign_id" }
        ) {
            let campaign = try await $0.ask(GetCampaign(id: try $0.id(orElse: .campaignNotFound))).campaign
            return try await CallLogsBody.page($0, campaignID: campaign.id)
        },
        recording,
        reading,
        changing,
        .remove("call-logs/{id}", needs: .writeCalls, "Delete a call log; the statistics follow") {
            DeleteCall(id: try $0.id(orElse: .callNotFound), expectedVersion: try $0.expectedVersion())
        }.versioned,
    ]

    private static let reading = Route(
        .get, "call-logs/{id}", needs: .readCalls, status: .ok, summary: "One call log with all its fields",
        answer: .json(CallLogBody.schema)
    ) { input in
        try answer(.ok, try await input.ask(GetCall(id: try input.id(orElse: .callNotFound))), input)
    }.versioned

    private static func answer(
        _ status: HTTPResponse.Status, _ call: CallRecord, _ input: RouteInput
    ) throws -> Answer {
        var answer = Answer(status, try CallLogBody(call, input))
        answer.headers[.eTag] = "\"\(call.version)\""
        return answer
    }

    private static let recording: Route = {
        var route = Route(
            .post, "call-logs", needs: .writeCalls, status: .created,
            summary: "Record a call at whatever moment of its life", answer: .json(CallLogBody.schema)
        ) { input in
            let body = try input.json(NewCallLogBody.self)
            let recorded = try await input.ask(body.ask(in: input))
            var answer = try answer(.created, recorded.call, input)
            answer.isReplayed = recorded.isReplayed
            return answer
        }
        route.body = .json(NewCallLogBody.schema)
        route.priority = .ingest
        return route
    }()

    private static let changing: Route = {
        var route = Route(
            .patch, "call-logs/{id}", needs: .writeCalls, status: .ok,
            summary: "Say more of a call; its status only moves forward", answer: .json(CallLogBody.schema)
        ) { input in
            let id: CallID = try input.id(orElse: .callNotFound)
            let fields = try input.json(ChangedCallLogBody.self).fields
            let change = ChangeCall(id: id, fields: fields, expectedVersion: try input.expectedVersion())
            return try answer(.ok, try await input.ask(change), input)
        }
        route.body = .json(ChangedCallLogBody.schema)
        route.priority = .ingest
        return route.versioned
    }()
}

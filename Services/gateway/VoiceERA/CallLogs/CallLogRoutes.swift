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
        .get("call-logs/{id}", needs: .readCalls, "One call log with all its fields") { input in
            try CallLogBody(try await input.ask(GetCall(id: try input.id(orElse: .callNotFound))), input)
        },
        changing,
        .remove("call-logs/{id}", needs: .writeCalls, "Delete a call log; the statistics follow") {
            DeleteCall(id: try $0.id(orElse: .callNotFound))
        },
    ]

    private static let recording: Route = {
        var route = Route(
            .post, "call-logs", needs: .writeCalls, status: .created,
            summary: "Record a call at whatever moment of its life", answer: .json(CallLogBody.schema)
        ) { input in
            let body = try input.json(NewCallLogBody.self)
            let recorded = try await input.ask(body.ask(in: input))
            var answer = Answer(.created, try CallLogBody(recorded.call, input))
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
            return Answer(.ok, try CallLogBody(try await input.ask(ChangeCall(id: id, fields: fields)), input))
        }
        route.body = .json(ChangedCallLogBody.schema)
        route.priority = .ingest
        return route
    }()
}

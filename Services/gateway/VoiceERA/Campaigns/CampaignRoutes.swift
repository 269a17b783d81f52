import Bus
import Contracts
import GatewayHTTP
import Hummingbird

/// Campaigns; their numbers are at routes that all surfaces have.
enum CampaignRoutes {
    static let routes: [Route] = [
        .get(
            "campaigns", needs: .readCampaigns, "Campaigns, newest first", query: CampaignsBody.query,
            show: CampaignsBody.page),
        making,
        showing(.get, "campaigns/{id}", needs: .readCampaigns, "One campaign") { input in
            GetCampaign(id: try input.id(orElse: .campaignNotFound))
        },
        updating,
        .remove("campaigns/{id}", needs: .writeCampaigns, "Delete a campaign that is not active; its calls stay") {
            DeleteCampaign(id: try $0.id(orElse: .campaignNotFound), expectedVersion: try $0.expectedVersion())
        }.versioned.conflicting,
        moving("launch", "Start a campaign, or go on with it") { input in
            LaunchCampaign(
                id: try input.id(orElse: .campaignNotFound), expectedVersion: try input.expectedVersion(),
                idempotency: input.idempotency)
        },
        moving("pause", "Make no new calls; those that run go on") { input in
            PauseCampaign(
                id: try input.id(orElse: .campaignNotFound), expectedVersion: try input.expectedVersion(),
                idempotency: input.idempotency)
        },
    ]

    private static let making: Route = {
        var route = Route(
            .post, "campaigns", needs: .writeCampaigns, status: .created, summary: "Make a campaign; it is a draft",
            answer: .json(CampaignBody.schema)
        ) { input in
            let body = try input.json(NewCampaignBody.self)
            return answer(
                .created,
                try await input.ask(
                    CreateCampaign(
                        fields: body.fields, phoneNumbers: body.phoneNumbers, idempotency: input.idempotency)))
        }
        route.body = .largeJSON(NewCampaignBody.schema)
        return route.versioned
    }()

    private static let updating: Route = {
        var route = showing(
            .put, "campaigns/{id}", needs: .writeCampaigns, "Change any subset of a campaign's fields"
        ) { input in
            let body = try input.json(ChangedCampaignBody.self)
            return UpdateCampaign(
                id: try input.id(orElse: .campaignNotFound), fields: body.fields, phoneNumbers: body.phoneNumbers,
                expectedVersion: try input.expectedVersion())
        }
        route.body = .largeJSON(ChangedCampaignBody.schema)
        return route
    }()

    private static func moving<Request: BusRequest>(
        _ verb: String, _ summary: String, _ ask: @escaping @Sendable (RouteInput) throws -> Request
    ) -> Route where Request.Reply == Outcome<CampaignView> {
        Route(
            .post, "campaigns/{id}/\(verb)", needs: .writeCampaigns, status: .ok, summary: summary,
            answer: .json(CampaignBody.schema)
        ) { input in
            answer(.ok, try await input.ask(try ask(input)))
        }.versioned
    }

    private static func answer(_ status: HTTPResponse.Status, _ outcome: Outcome<CampaignView>) -> Answer {
        var answer = Answer(status, CampaignBody(outcome.value))
        answer.headers[.eTag] = outcome.value.entityTag
        answer.isReplayed = outcome.isReplayed
        return answer
    }

    private static func showing<Request: BusRequest>(
        _ method: HTTPRequest.Method, _ path: String, needs: Access, _ summary: String,
        _ ask: @escaping @Sendable (RouteInput) throws -> Request
    ) -> Route where Request.Reply == CampaignView {
        Route(method, path, needs: needs, status: .ok, summary: summary, answer: .json(CampaignBody.schema)) { input in
            let view = try await input.ask(try ask(input))
            var answer = Answer(.ok, CampaignBody(view))
            answer.headers[.eTag] = view.entityTag
            return answer
        }.versioned
    }
}

extension CampaignView {
    var entityTag: String { "\"\(campaign.version)\"" }
}

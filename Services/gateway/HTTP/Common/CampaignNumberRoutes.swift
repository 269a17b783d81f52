import Bus
import Contracts

/// `campaigns/{id}/numbers`: alike under every prefix.
package enum CampaignNumberRoutes {
    package static let routes: [Route] = [
        .get(
            "campaigns/{id}/numbers", needs: .readCampaigns, "Numbers of a campaign, those added last first",
            query: NumbersBody.query, show: NumbersBody.page),
        adding,
    ]

    private static let adding: Route = {
        var route = Route(
            .post, "campaigns/{id}/numbers", needs: .writeCampaigns, status: .ok,
            summary: "Add numbers to a campaign; those that are none are named in the answer",
            answer: .json(AddedNumbersBody.schema)
        ) { input in
            let numbers = try GivenNumbersBody.read(input)
            let outcome = try await input.ask(
                AddCampaignNumbers(
                    campaignID: try input.id(orElse: .campaignNotFound), numbers: numbers,
                    idempotency: input.idempotency))
            var answer = Answer(.ok, AddedNumbersBody(added: outcome.value))
            answer.isReplayed = outcome.isReplayed
            return answer
        }
        route.body = .table(GivenNumbersBody.schema)
        return route
    }()
}

/// `{phone_numbers: […]}`, or CSV.
struct GivenNumbersBody: JSONRead {
    static let schema = Schema.object([
        .always("phone_numbers", .array(of: .text(example: "+1234567890")))
    ])

    let numbers: [GivenNumber]

    init(_ json: JSONFields) throws {
        guard let texts = try json.texts("phone_numbers", atMost: AddCampaignNumbers.longest) else {
            throw Fault.invalid("phone_numbers", "is required")
        }
        guard !texts.contains(where: \.holdsNUL) else {
            throw Fault.invalid("phone_numbers", "must not contain the character U+0000")
        }
        numbers = texts.enumerated().map { GivenNumber(line: $0 + 1, text: String($1.prefix(200))) }
    }

    static func read(_ input: RouteInput) throws -> [GivenNumber] {
        let type = input.contentType?.lowercased() ?? ""
        guard type.hasPrefix("text/") || type.contains("csv") else {
            guard type.isEmpty || type.contains("json") else {
                throw Fault.invalid("Content-Type", "must be application/json or text/csv")
            }
            return try input.json(Self.self).numbers
        }
        let numbers = NumberTable(csv: input.body).numbers
        guard numbers.count <= AddCampaignNumbers.longest else {
            throw Fault(.tooLarge, "The body may hold at most \(AddCampaignNumbers.longest) numbers")
        }
        return numbers
    }
}

struct AddedNumbersBody: JSONShown {
    static let schema = Schema.object([
        .always("added", .integer(from: 0)),
        .always("duplicates", Schema.integer(from: 0).described("Known already, or given before.")),
        .always(
            "rejected",
            .array(
                of: .object([
                    .always("line", .integer(from: 1)), .always("value", .text(example: "12")),
                    .always("error", .text(example: "must be a phone number of 3 to 15 digits")),
                ])
            ).described("The first 1000 of them.")), .always("rejected_count", .integer(from: 0)),
    ])

    let added: AddedNumbers

    func write(to json: inout JSONWriter) {
        json.field("added", added.added)
        json.field("duplicates", added.duplicates)
        json.name("rejected")
        json.array(added.rejected) { json, entry in
            json.object { json in
                json.field("line", entry.line)
                json.field("value", entry.value)
                json.field("error", entry.error)
            }
        }
        json.field("rejected_count", added.rejectedCount)
    }
}

struct NumberBody: JSONShown {
    static let schema = Schema.named(
        "CampaignNumber",
        .object([
            .always("id", .uuid), .always("phone_number", .text(example: "+1234567890")),
            .always("state", .text(among: NumberState.allCases.map(\.rawValue))),
            .always("attempts", .integer(from: 0)),
            .always(
                "reason",
                Schema.text(example: "no_answer").orNull.described("How its last call ended, or why there was none.")),
            .always("detail", Schema.text().orNull), .always("last_call_id", Schema.uuid.orNull),
            .always("due_at", .timestamp), .always("created_at", .timestamp), .always("updated_at", .timestamp),
        ]))

    let number: NumberRecord

    func write(to json: inout JSONWriter) {
        json.field("id", number.id)
        json.field("phone_number", number.phoneNumber)
        json.field("state", number.state.rawValue)
        json.field("attempts", number.attempts)
        json.field("reason", number.reason)
        json.field("detail", number.detail)
        json.field("last_call_id", number.lastCallID)
        json.field("due_at", number.dueAt)
        json.field("created_at", number.createdAt)
        json.field("updated_at", number.updatedAt)
    }
}

struct NumbersBody: JSONShown {
    static let schema = Schema.object([
        .always("total", .integer(from: 0)), .always("items", .array(of: NumberBody.schema)),
        .always("next_cursor", .text().orNull),
    ])
    static let query =
        [
            QueryParameter(
                "state", .text(among: NumberState.allCases.map(\.rawValue)), "Only numbers in this state.")
        ] + ListBounds.query(default: 100, through: 1000)

    let page: NumberPage

    static func page(_ input: RouteInput) async throws -> NumbersBody {
        let bounds = try ListBounds(input.query, default: 100, through: 1000)
        let page = try await input.ask(
            ListCampaignNumbers(
                campaignID: try input.id(orElse: .campaignNotFound),
                state: try input.query.choice("state", NumberState.self), limit: bounds.limit, offset: bounds.skip,
                after: bounds.cursor))
        return NumbersBody(page: page)
    }

    func write(to json: inout JSONWriter) {
        json.field("total", page.total)
        json.field("items", shown: page.numbers.map { NumberBody(number: $0) })
        json.field("next_cursor", page.next?.text)
    }
}

import Bus
import Contracts

/// `suppressions`: alike under every prefix.
package enum SuppressionRoutes {
    package static let routes: [Route] = [
        .get(
            "suppressions", needs: .readCampaigns, "Numbers that are never dialled, newest first",
            query: SuppressionsBody.query, show: SuppressionsBody.page),
        .post("suppressions", .created, needs: .writeCampaigns, "Never dial a number") {
            (body: NewSuppressionBody, input) in
            CreateSuppression(phoneNumber: body.phoneNumber, reason: body.reason, idempotency: input.idempotency)
        } show: {
            SuppressionBody(suppression: $0.value)
        },
        .delete("suppressions/{id}", needs: .writeCampaigns, "Let a number be dialled again") {
            DeleteSuppression(id: try $0.id(orElse: .suppressionNotFound))
        } show: { _ in
            DoneBody(message: "Suppression deleted")
        },
    ]
}

struct NewSuppressionBody: JSONRead {
    static let schema = Schema.object([
        .always("phone_number", .text(atMost: 64, example: "+1234567890")),
        .maybe("reason", .text(atMost: 500, example: "asked not to be called").orNull),
    ])

    let phoneNumber: String
    let reason: String

    init(_ json: JSONFields) throws {
        guard let phoneNumber = try json.text("phone_number", atMost: 64) else {
            throw Fault.invalid("phone_number", "is required")
        }
        self.phoneNumber = phoneNumber
        reason = try json.text("reason", atMost: 500) ?? ""
    }
}

struct SuppressionBody: JSONShown {
    static let schema = Schema.named(
        "Suppression",
        .object([
            .always("id", .uuid), .always("phone_number", .text(example: "+1234567890")),
            .always("reason", .text(example: "asked not to be called")),
            .always("created_by", Schema.uuid.orNull), .always("created_at", .timestamp),
        ]))

    let suppression: SuppressionRecord

    func write(to json: inout JSONWriter) {
        json.field("id", suppression.id)
        json.field("phone_number", suppression.phoneNumber)
        json.field("reason", suppression.reason)
        json.field("created_by", suppression.createdBy)
        json.field("created_at", suppression.createdAt)
    }
}

struct SuppressionsBody: JSONShown {
    static let schema = Schema.object([
        .always("total", .integer(from: 0)), .always("items", .array(of: SuppressionBody.schema)),
        .always("next_cursor", .text().orNull),
    ])
    static let query =
        [QueryParameter("phone_number", .text(), "Only this number, however it is spelled.")]
        + ListBounds.query(default: 100, through: 1000)

    let page: SuppressionPage

    static func page(_ input: RouteInput) async throws -> SuppressionsBody {
        let bounds = try ListBounds(input.query, default: 100, through: 1000)
        let page = try await input.ask(
            ListSuppressions(
                phoneNumber: input.query["phone_number"].map { String($0.prefix(200)) }, limit: bounds.limit,
                offset: bounds.skip, after: bounds.cursor))
        return SuppressionsBody(page: page)
    }

    func write(to json: inout JSONWriter) {
        json.field("total", page.total)
        json.field("items", shown: page.suppressions.map { SuppressionBody(suppression: $0) })
        json.field("next_cursor", page.next?.text)
    }
}

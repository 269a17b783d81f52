import Bus
import Contracts
import GatewayHTTP
import Hummingbird

/// The surface of the AI Receptionist product, under `/api`.
package struct ReceptionistDialect: Dialect {
    package let name = "receptionist"
    package let prefix = "/api"
    package let routes: [Route]
    package let errorSchema = ReceptionistError.schema

    /// - Parameter common: routes that every surface has, beside its own.
    package init(common: [Route] = []) {
        routes = Self.access + Self.clients + Self.calls + Self.analytics + common
    }

    /// What accounts made here are pinned to where the surfaces of two products collide.
    static let clientHint = "voicera"

    static let access: [Route] = [
        .post("auth/register", .created, needs: .nothing, "Make an account and sign in") {
            (body: RegisterBody, input) in
            body.ask(from: input.origin)
        } show: {
            SignedInBody($0)
        }.counted(.authentication),
        .post("auth/login", needs: .nothing, "Sign in") { (body: LogInBody, input) in
            body.ask(from: input.origin)
        } show: {
            SignedInBody($0)
        }.counted(.authentication),
        .get("auth/me", needs: .credential, "The account that is signed in") { _ in
            GetMe()
        } show: {
            MeBody(person: $0)
        },
        .post("auth/refresh", needs: .credential, "A new token for a valid one") {
            RenewToken(idempotency: $0.idempotency)
        } show: {
            SignedInBody($0.value)
        }.counted(.authentication),
        .post("auth/logout", needs: .credential, "End the session") { _ in
            LogOut()
        } show: { _ in
            .loggedOut
        },
    ]

    static let clients: [Route] = [
        .get(
            "clients", needs: .readAgents, "Active clients, newest first", query: ClientsBody.query,
            show: ClientsBody.page),
        .post("clients", .created, needs: .writeAgents, "Make a client") { (body: NewClientBody, input) in
            body.ask(idempotency: input.idempotency)
        } show: {
            OneClientBody(client: $0.value)
        },
        .get("clients/{id}", needs: .readAgents, "One client") {
            GetClient(id: try $0.id(orElse: .clientNotFound))
        } show: {
            OneClientBody(client: $0)
        },
        .put("clients/{id}", needs: .writeAgents, "Change any subset of a client's fields") {
            (body: ChangedClientBody, input) in
            body.ask(id: try input.id(orElse: .clientNotFound))
        } show: {
            OneClientBody(client: $0)
        },
        .delete("clients/{id}", needs: .deleteAgents, "Delete a client; its calls stay") {
            DeleteClient(id: try $0.id(orElse: .clientNotFound))
        } show: { _ in
            .clientDeleted
        },
    ]

    static let calls: [Route] = [
        .get("calls", needs: .readCalls, "Calls, newest first", query: CallsBody.query, show: CallsBody.page),
        .loggingCall("calls"),
        .loggingCalls("calls/batch"),
        .get("calls/{id}", needs: .readCalls, "One call with all its fields") { input in
            try OneCallBody(try await input.ask(GetCall(id: try input.id(orElse: .callNotFound))), input)
        },
    ]

    static let analytics: [Route] = [
        .get("analytics/dashboard", needs: .readCalls, "Totals of the workspace") { _ in
            GetTotals(about: .workspace)
        } show: {
            DashboardBody(totals: $0)
        },
        .get(
            "analytics/calls-per-day", needs: .readCalls, "Calls of each day, newest first",
            query: CallsPerDayBody.query,
            priority: .statistics, show: CallsPerDayBody.days),
        .get("analytics/sentiment", needs: .readCalls, "How many calls have which sentiment") { _ in
            GetTotals(about: .workspace)
        } show: {
            SentimentBody(measures: $0.measures)
        },
        .get(
            "analytics/client/{id}/stats", needs: .readCalls, "Totals and latencies of one client",
            priority: .statistics, show: ClientStatsBody.of),
    ]

    package func spell(_ fault: Fault) -> Refusal {
        ReceptionistError(fault).refusal
    }
}

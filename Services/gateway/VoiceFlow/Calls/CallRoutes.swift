import Bus
import Contracts
import GatewayHTTP

/// Calls and chats as the product's pages list them.
enum CallRoutes {
    static let routes: [Route] = [
        .get("calls/logs", needs: .readCalls, "Calls and chats, newest first", query: CallLogsBody.query) {
            try await CallLogsBody.page($0)
        },
        .get("calls/{id}", needs: .readCalls, "One call with its transcript") {
            GetCall(id: try $0.id(orElse: .callNotFound))
        } show: {
            CallDetailsBody(call: $0)
        },
        .pages(
            "agents/{id}/conversations", needs: .readCalls, "The last calls and chats of an agent",
            query: [QueryParameter("limit", .integer(from: 1, through: 100), "How many at most; 10 when absent.")],
            show: ConversationBody.ofAgent),
        .get("conversations/{id}/transcript", needs: .readCalls, "Who said what") {
            GetConversation(conversation: $0.segments[0])
        } show: {
            TranscriptBody(conversation: $0)
        },
        .pages(
            "conversations/active", needs: .readCalls, "Calls and chats that are going on",
            show: LiveConversationBody.all),
    ]
}

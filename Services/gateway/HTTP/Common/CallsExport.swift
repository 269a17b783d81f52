import Bus
import Contracts
import Hummingbird

/// `GET /calls/export`: calls as CSV, one page in memory at a time.
package enum CallsExport {
    /// Calls of one question; a page of the longest notes still fits a message.
    private static let pageSize = 200
    /// How long a page may take, in milliseconds.
    private static let pageMS = 10_000

    package static let columns = [
        "id", "client_id", "client_name", "phone_number", "caller_phone", "caller_name", "duration_seconds",
        "sentiment",
        "success", "status", "stt_latency_ms", "llm_latency_ms", "tts_latency_ms", "recording_url", "notes",
        "created_at",
    ]

    package static let route: Route = {
        var route = Route(
            .get, "calls/export", needs: .readCalls, status: .ok, summary: "Calls as CSV, newest first",
            answer: .media(type: "text/csv")
        ) { input in
            let request = try ExportFilter.request(input.query, limit: pageSize)
            let caller = input.caller
            let bus = input.bus
            let context = AskContext.current
            // The first page is asked for before the head is sent, so that a refusal still is one.
            let first = try await page(of: request, after: nil, bus, caller, context)
            var answer = Answer(
                status: .ok, contentType: "text/csv; charset=utf-8",
                body: ResponseBody { writer in
                    try await write(&writer, first: first) {
                        try await page(of: request, after: $0, bus, caller, context)
                    }
                })
            answer.headers[.contentDisposition] = "attachment; filename=\"calls-\(Timestamp.now().day.text).csv\""
            return answer
        }
        route.query = ExportFilter.query
        return route
    }()

    private static func page(
        of request: ListCalls, after cursor: PageCursor?, _ bus: any Asking, _ caller: Caller, _ context: AskContext?
    ) async throws -> CallPage {
        var context = context
        context?.deadline = .after(milliseconds: pageMS)
        var request = request
        request.after = cursor
        return try await AskContext.$current.withValue(context) { [request] in
            try await bus.ask(request, as: caller)
        }
    }

    private static func write(
        _ writer: inout any ResponseBodyWriter, first: CallPage,
        next: (PageCursor) async throws -> CallPage
    ) async throws {
        var page = first
        var head = CSVWriter()
        head.row(columns)
        try await writer.write(head.buffer)
        while true {
            var rows = CSVWriter()
            for call in page.calls { rows.row(cells(of: call)) }
            if rows.buffer.readableBytes > 0 { try await writer.write(rows.buffer) }
            guard let cursor = page.next else { break }
            page = try await next(cursor)
        }
        try await writer.finish(nil)
    }

    private static func cells(of call: CallRecord) -> [String] {
        let facts = call.facts
        return [
            "\(call.id)", facts.clientID.map { "\($0)" } ?? "", call.clientName ?? "", call.clientPhone ?? "",
            call.otherPartyPhone, call.otherPartyName, decimalText(facts.durationMS, places: 3),
            facts.sentiment.rawValue, facts.success ? "true" : "false", facts.status.rawValue,
            latency(facts.latencies.sttMicros), latency(facts.latencies.llmMicros), latency(facts.latencies.ttsMicros),
            call.recordingURL ?? "", call.notes ?? "", facts.createdAt.text,
        ]
    }

    private static func latency(_ micros: Int?) -> String {
        micros.map { decimalText($0, places: 3) } ?? ""
    }
}

/// Writes CSV (RFC 4180) whose cells a spreadsheet shows and never runs.
package struct CSVWriter {
    package private(set) var buffer = ByteBuffer()

    package init() {}

    package mutating func row(_ cells: [String]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            write(cell)
        }
        buffer.writeStaticString("\r\n")
    }

    private mutating func write(_ cell: String) {
        let text = Self.isFormula(cell) ? "'" + cell : cell
        guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else {
            buffer.writeString(text)
            return
        }
        buffer.writeString(
            "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"")
    }

    /// Whether a spreadsheet may run the cell: some overlook white space before the sign, some take its full-width form.
    private static func isFormula(_ cell: String) -> Bool {
        guard let first = cell.unicodeScalars.first else { return false }
        if first == "\t" || first == "\r" || first == "\n" { return true }
        guard let sign = cell.unicodeScalars.first(where: { !$0.properties.isWhitespace }) else { return false }
        return "=+-@＝＋－＠".unicodeScalars.contains(sign)
    }
}

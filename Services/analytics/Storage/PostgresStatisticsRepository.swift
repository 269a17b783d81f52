import Bus
import Contracts
import EventLog
import Postgres
import ServiceHost

struct PostgresStatisticsRepository: StatisticsRepository {
    /// Logged in as the service.
    let database: Database
    /// Logged in as a role that sees and writes every workspace.
    let jobs: Database

    func positions(in owner: String) async throws -> [Int] {
        try await EventPositions(schema: "analytics", owner: owner).load(from: jobs)
    }

    func totals(of subject: RollupSubject, in days: DayRange?, withLatencies: Bool) async throws -> KeptTotals {
        var statements = [Self.measures(of: subject, in: days), Self.clientCount(of: subject.workspaceID)]
        if withLatencies { statements.append(Self.latencies(of: [subject])) }
        let results = try await database.pipeline(
            statements, workspaces: [subject.workspaceID.uuid], access: .readOnly)
        var totals = KeptTotals(
            measures: try results[0].one().map { try Self.measures($0, from: 0) } ?? Measures(),
            clients: try results[1].one()?.decode(at: 0) ?? 0)
        for row in withLatencies ? Array(results[2]) : [] { try Self.addLatencies(of: row, to: &totals) }
        return totals
    }

    func totals(of subjects: [RollupSubject], in days: DayRange?) async throws -> [RollupSubject: KeptTotals] {
        guard let workspaceID = subjects.first?.workspaceID else { return [:] }
        let results = try await database.pipeline(
            [
                """
                SELECT subject_kind, subject_id, \(unsafe: Self.measureSums) FROM analytics.measures
                WHERE workspace_id = \(workspaceID)
                    AND day BETWEEN \(days?.from ?? .allTime) AND \(days?.through ?? .allTime)
                    AND (subject_kind, subject_id) IN (
                        SELECT * FROM unnest(\(subjects.map(\.kind.rawValue)), \(subjects.map(\.id))))
                GROUP BY subject_kind, subject_id
                """, Self.latencies(of: subjects),
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        var totals: [RollupSubject: KeptTotals] = [:]
        for row in results[0] {
            let subject = try Self.subject(workspaceID, try row[0], try row[1])
            totals[subject] = KeptTotals(measures: try Self.measures(row, from: 2))
        }
        for row in results[1] {
            let subject = try Self.subject(workspaceID, try row[3], try row[4])
            try Self.addLatencies(of: row, to: &totals[subject, default: KeptTotals()])
        }
        return totals
    }

    func topPhrases(of subject: RollupSubject, in days: DayRange?, limit: Int) async throws -> [TopPhrases.Phrase] {
        let isOfSubject: Statement = """
            workspace_id = \(subject.workspaceID) AND subject_kind = \(subject.kind.rawValue)
            AND subject_id = \(subject.id)
            """
        let statement: Statement =
            if let days {
                """
                SELECT phrase, sum(n)::bigint FROM analytics.phrases
                WHERE \(isOfSubject) AND day BETWEEN \(days.from) AND \(days.through)
                GROUP BY phrase HAVING sum(n) > 0 ORDER BY 2 DESC, phrase LIMIT \(limit)
                """
            } else {
                """
                SELECT phrase, n FROM analytics.phrases
                WHERE \(isOfSubject) AND day = '0001-12-31 BC' AND n > 0 ORDER BY n DESC, phrase LIMIT \(limit)
                """
            }
        let rows = try await database.query(
            statement, workspaces: [subject.workspaceID.uuid], access: .readOnly)
        return try rows.map { TopPhrases.Phrase(text: try $0[0], count: try $0[1]) }
    }

    func days(
        of subject: RollupSubject, from first: CalendarDay, through last: CalendarDay
    ) async throws -> [DailyTotals.Day] {
        let rows = try await database.query(
            """
            SELECT day, \(unsafe: Self.measureColumns) FROM analytics.measures
            WHERE workspace_id = \(subject.workspaceID) AND subject_kind = \(subject.kind.rawValue)
                AND subject_id = \(subject.id) AND day BETWEEN \(first) AND \(last) AND calls <> 0
            ORDER BY day
            """, workspaces: [subject.workspaceID.uuid], access: .readOnly)
        return try rows.map { row in
            DailyTotals.Day(day: try row.decode(at: 0), measures: try Self.measures(row, from: 1))
        }
    }

    func hours(of subject: RollupSubject, in range: HourRange) async throws -> [HourlyTotals.Hour] {
        let rows = try await database.query(
            """
            SELECT hour, \(unsafe: Self.measureColumns) FROM analytics.hours
            WHERE workspace_id = \(subject.workspaceID) AND subject_kind = \(subject.kind.rawValue)
                AND subject_id = \(subject.id) AND hour >= \(Timestamp(hour: range.from))
                AND hour < \(Timestamp(hour: range.until)) AND calls <> 0
            ORDER BY hour
            """, workspaces: [subject.workspaceID.uuid], access: .readOnly)
        return try rows.map { row in
            let hour: Timestamp = try row.decode(at: 0)
            return HourlyTotals.Hour(hour: hour.hour, measures: try Self.measures(row, from: 1))
        }
    }

    /// The columns of `Measures`, in the order of its cases.
    static let measureColumns = Measure.allCases.map(\.column).joined(separator: ", ")

    /// - Parameter offset: the column of the first measure.
    static func measures(_ row: Row, from offset: Int) throws -> Measures {
        var measures = Measures()
        for measure in Measure.allCases { measures[measure] = try row.decode(at: offset + measure.rawValue) }
        return measures
    }

    private static func measures(of subject: RollupSubject, in days: DayRange?) -> Statement {
        guard let days else {
            return """
                SELECT \(unsafe: measureColumns) FROM analytics.measures
                WHERE workspace_id = \(subject.workspaceID) AND subject_kind = \(subject.kind.rawValue)
                    AND subject_id = \(subject.id) AND day = \(CalendarDay.allTime)
                """
        }
        return """
            SELECT \(unsafe: measureSums) FROM analytics.measures
            WHERE workspace_id = \(subject.workspaceID) AND subject_kind = \(subject.kind.rawValue)
                AND subject_id = \(subject.id) AND day BETWEEN \(days.from) AND \(days.through)
            """
    }

    private static let measureSums = Measure.allCases.map { "coalesce(sum(\($0.column)), 0)::bigint" }
        .joined(separator: ", ")

    static func clientCount(of workspaceID: WorkspaceID) -> Statement {
        "SELECT active FROM analytics.client_counts WHERE workspace_id = \(workspaceID)"
    }

    /// A row for each component of a subject that was measured: buckets and counts side by side.
    private static func latencies(of subjects: [RollupSubject]) -> Statement {
        """
        SELECT component::bigint, array_agg(bucket ORDER BY bucket), array_agg(n ORDER BY bucket), subject_kind,
            subject_id
        FROM analytics.latency_buckets
        WHERE workspace_id = ANY (\(Array(Set(subjects.map(\.workspaceID))))) AND (subject_kind, subject_id) IN (
                SELECT * FROM unnest(\(subjects.map(\.kind.rawValue)), \(subjects.map(\.id))))
            AND day = \(CalendarDay.allTime) AND n <> 0
        GROUP BY subject_kind, subject_id, component
        """
    }

    private static func addLatencies(of row: Row, to totals: inout KeptTotals) throws {
        let (component, buckets, counts) = (try row[0] as Int, try row[1] as [Int16], try row[2] as [Int])
        guard let component = LatencyComponent(rawValue: component) else { return }
        totals.latencies[component] = LatencyDistribution(
            zip(buckets, counts).map { LatencyDistribution.Count(bucket: Int($0), count: $1) })
    }
}

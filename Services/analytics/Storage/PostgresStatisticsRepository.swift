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

    func totals(of subject: RollupSubject, withLatencies: Bool) async throws -> KeptTotals {
        var statements = [Self.measures(of: subject), Self.clientCount(of: subject.workspaceID)]
        if withLatencies { statements.append(Self.latencies(of: subject)) }
        let results = try await database.pipeline(
            statements, workspaces: [subject.workspaceID.uuid], access: .readOnly)
        var totals = KeptTotals(
            measures: try results[0].one().map { try Self.measures($0, from: 0) } ?? Measures(),
            clients: try results[1].one()?.decode(at: 0) ?? 0)
        for row in withLatencies ? Array(results[2]) : [] {
            let (component, buckets, counts) = try row.decode((Int, [Int16], [Int]).self)
            guard let component = LatencyComponent(rawValue: component) else { continue }
            totals.latencies[component] = LatencyDistribution(
                zip(buckets, counts).map { LatencyDistribution.Count(bucket: Int($0), count: $1) })
        }
        return totals
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

    /// The columns of `Measures`, in the order of its cases.
    static let measureColumns = Measure.allCases.map(\.column).joined(separator: ", ")

    /// - Parameter offset: the column of the first measure.
    static func measures(_ row: Row, from offset: Int) throws -> Measures {
        var measures = Measures()
        for measure in Measure.allCases { measures[measure] = try row.decode(at: offset + measure.rawValue) }
        return measures
    }

    private static func measures(of subject: RollupSubject) -> Statement {
        """
        SELECT \(unsafe: measureColumns) FROM analytics.measures
        WHERE workspace_id = \(subject.workspaceID) AND subject_kind = \(subject.kind.rawValue)
            AND subject_id = \(subject.id) AND day = \(CalendarDay.allTime)
        """
    }

    static func clientCount(of workspaceID: WorkspaceID) -> Statement {
        "SELECT active FROM analytics.client_counts WHERE workspace_id = \(workspaceID)"
    }

    /// A row for each component that was measured: buckets and counts side by side.
    private static func latencies(of subject: RollupSubject) -> Statement {
        """
        SELECT component::bigint, array_agg(bucket ORDER BY bucket), array_agg(n ORDER BY bucket)
        FROM analytics.latency_buckets
        WHERE workspace_id = \(subject.workspaceID) AND subject_kind = \(subject.kind.rawValue)
            AND subject_id = \(subject.id) AND day = \(CalendarDay.allTime) AND n <> 0
        GROUP BY component
        """
    }
}

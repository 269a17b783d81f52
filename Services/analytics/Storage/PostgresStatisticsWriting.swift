import Bus
import Contracts
import EventLog
import Postgres
import ServiceHost
import ServiceRuntime

extension PostgresStatisticsRepository {
    func apply(
        _ change: StatisticsChange, of batch: [EventRecord], owner: String, from expected: [Int]
    ) async throws {
        let positions = EventPositions(schema: "analytics", owner: owner)
        if PlantedBugs.movesPositionsApart {
            return try await applyApart(change, of: batch, positions, from: expected)
        }
        let stages = CommitStages(commitSent: { try? Failpoint.hit("analytics.commit-sent") })
        try await jobs.transaction(stages: stages) { transaction in
            try await positions.lock(for: batch, at: expected, in: transaction)
            try await transaction.pipeline(Self.statements(for: change))
            try await Failpoint.hit("analytics.rollup-written")
            try await positions.move(past: batch, from: expected, in: transaction)
        }
        try await Failpoint.hit("analytics.committed")
    }

    /// Planted: rollup and positions in transactions of their own.
    private func applyApart(
        _ change: StatisticsChange, of batch: [EventRecord], _ positions: EventPositions, from expected: [Int]
    ) async throws {
        func move() async throws {
            try await jobs.transaction { transaction in
                try await positions.lock(for: batch, at: expected, in: transaction)
                try await positions.move(past: batch, from: expected, in: transaction)
            }
        }
        if PlantedBugs.movesPositionsFirst { try await move() }
        try await jobs.transaction { transaction in
            try await transaction.pipeline(Self.statements(for: change))
            try await Failpoint.hit("analytics.rollup-written")
        }
        try await Failpoint.hit("analytics.committed")
        if !PlantedBugs.movesPositionsFirst { try await move() }
    }

    /// A few statements, however large the change is; rows in the order of their keys.
    private static func statements(for change: StatisticsChange) -> [Statement] {
        var statements: [Statement] = []
        let measures = change.rollup.measures.filter { !$0.value.isZero }.sorted { $0.key < $1.key }
        if !measures.isEmpty { statements.append(upsert(measures)) }
        let hours = change.rollup.hours.filter { !$0.value.isZero }.sorted { $0.key < $1.key }
        if !hours.isEmpty { statements.append(upsert(hours)) }
        let latencies = change.rollup.latencies.filter { $0.value != 0 }.sorted { $0.key < $1.key }
        if !latencies.isEmpty { statements.append(upsert(latencies)) }
        let phrases = change.rollup.phrases.filter { $0.value != 0 }.sorted { $0.key < $1.key }
        if !phrases.isEmpty { statements.append(upsert(phrases)) }
        let clients = change.clients.filter { $0.value != 0 }.sorted { $0.key.uuid < $1.key.uuid }
        if !clients.isEmpty {
            statements.append(
                """
                INSERT INTO analytics.client_counts AS kept (workspace_id, active)
                SELECT * FROM unnest(\(clients.map(\.key)), \(clients.map(\.value)))
                ON CONFLICT (workspace_id) DO UPDATE SET active = kept.active + excluded.active
                """)
        }
        return statements
    }

    private static func upsert(_ rows: [(key: MeasuresKey, value: Measures)]) -> Statement {
        upsert(measuresUpsert, rows.map(\.key.subject), rows.map(\.key.day), rows.map(\.value))
    }

    private static func upsert(_ rows: [(key: HourKey, value: Measures)]) -> Statement {
        upsert(hoursUpsert, rows.map(\.key.subject), rows.map { Timestamp(hour: $0.key.hour) }, rows.map(\.value))
    }

    private static func upsert(
        _ text: String, _ subjects: [RollupSubject], _ times: any SQLValue, _ measures: [Measures]
    ) -> Statement {
        var values: [any SQLValue] = [
            subjects.map(\.workspaceID), subjects.map(\.kind.rawValue), subjects.map(\.id), times,
        ]
        for measure in Measure.allCases { values.append(measures.map { $0[measure] }) }
        return Statement(unsafe: text, binding: values)
    }

    private static let measuresUpsert = upsert(into: "measures", by: "day")
    private static let hoursUpsert = upsert(into: "hours", by: "hour")

    private static func upsert(into table: String, by time: String) -> String {
        let places = (1...4 + Measure.allCases.count).map { "$\($0)" }.joined(separator: ", ")
        let sums = Measure.allCases.map { "\($0.column) = kept.\($0.column) + excluded.\($0.column)" }
        return """
            INSERT INTO analytics.\(table) AS kept (workspace_id, subject_kind, subject_id, \(time), \(measureColumns))
            SELECT * FROM unnest(\(places))
            ON CONFLICT (workspace_id, subject_kind, subject_id, \(time)) DO UPDATE SET \(sums.joined(separator: ", "))
            """
    }

    private static func upsert(_ rows: [(key: LatencyKey, value: Int)]) -> Statement {
        """
        INSERT INTO analytics.latency_buckets AS kept
            (workspace_id, subject_kind, subject_id, day, component, bucket, n)
        SELECT workspace_id, subject_kind, subject_id, \(CalendarDay.allTime), component, bucket, n
        FROM unnest(\(rows.map(\.key.subject.workspaceID)), \(rows.map(\.key.subject.kind.rawValue)),
            \(rows.map(\.key.subject.id)), \(rows.map { Int16($0.key.component.rawValue) }),
            \(rows.map { Int16($0.key.bucket) }), \(rows.map(\.value)))
            AS added (workspace_id, subject_kind, subject_id, component, bucket, n)
        ON CONFLICT (workspace_id, subject_kind, subject_id, day, component, bucket)
            DO UPDATE SET n = kept.n + excluded.n
        """
    }

    private static func upsert(_ rows: [(key: PhraseKey, value: Int)]) -> Statement {
        """
        INSERT INTO analytics.phrases AS kept (workspace_id, subject_kind, subject_id, day, phrase, n)
        SELECT * FROM unnest(\(rows.map(\.key.subject.workspaceID)), \(rows.map(\.key.subject.kind.rawValue)),
            \(rows.map(\.key.subject.id)), \(rows.map(\.key.day)), \(rows.map(\.key.phrase)), \(rows.map(\.value)))
        ON CONFLICT (workspace_id, subject_kind, subject_id, day, phrase) DO UPDATE SET n = kept.n + excluded.n
        """
    }
}

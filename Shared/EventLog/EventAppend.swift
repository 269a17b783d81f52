import Bus
import Foundation
import Postgres

extension Transaction {
    /// Stores an event in the transaction of the change that it announces; as late in it as possible, since it locks the
    /// partition until commit. A transaction appends to one workspace only: it must never lock two partitions.
    package func append<Event: LoggedEvent>(_ event: Event, workspaceID: UUID, to schema: String) async throws {
        let traceparent: String? = RequestContext.current?.traceparent
        let partition = Int16(EventPartition.of(workspaceID))
        let rows = try await query(
            """
            WITH head AS (
                UPDATE \(unsafe: schema).event_head SET number = number + 1 WHERE partition = \(partition)
                RETURNING partition, number
            )
            INSERT INTO \(unsafe: schema).events (partition, number, workspace_id, kind, payload, traceparent)
            SELECT partition, number, \(workspaceID), \(Event.kind), \(event.encoded()),
                \(traceparent)
            FROM head RETURNING number
            """)
        precondition(rows.count == 1, "there is no partition \(partition)")
    }
}

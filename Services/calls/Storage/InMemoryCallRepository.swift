import Bus
import Contracts
import Foundation

/// Calls and copies of clients in memory, for unit tests: the same answers as PostgreSQL gives.
final class InMemoryCallRepository: CallRepository, ClientCopyRepository, @unchecked Sendable {
    private let lock = NSLock()
    private var calls: [CallKey: FinishedCall] = [:]
    private var copies: [ClientID: ClientCopy] = [:]
    private var eventLog: [CallChanged] = []

    /// What was announced, in order.
    var events: [CallChanged] { lock.withLock { eventLog } }

    func store(_ new: [FinishedCall]) async -> [Result<LoggedCall, Fault>] {
        lock.withLock { new.map { storeOne($0) } }
    }

    private func storeOne(_ call: FinishedCall) -> Result<LoggedCall, Fault> {
        let keyed = call.keyID.flatMap { key in
            calls.values.first { $0.keyID == key && $0.workspaceID == call.workspaceID }
        }
        if let first = calls[CallKey(call)] ?? keyed {
            guard first.fingerprint == call.fingerprint, first.id == call.id, keyed.map({ $0.id == call.id }) ?? true
            else { return .failure(Fault(.keyReused)) }
            return .success(first.logged(isReplayed: true))
        }
        calls[CallKey(call)] = call
        eventLog.append(CallChanged(id: call.id, version: 1, before: nil, after: call.facts))
        return .success(call.logged(isReplayed: false))
    }

    func call(_ id: CallID, in workspaceID: WorkspaceID) async throws -> CallRecord {
        let found = lock.withLock { calls.values.first { $0.id == id && $0.workspaceID == workspaceID } }
        guard let found else { throw Fault(.callNotFound) }
        return record(found, .all)
    }

    func page(_ request: ListCalls, in workspaceID: WorkspaceID) async throws -> CallPage {
        let matching = lock.withLock { Array(calls.values) }
            .filter { call in
                let day = call.facts.createdAt.day
                return call.workspaceID == workspaceID && request.clientID.map { $0 == call.facts.clientID } ?? true
                    && request.from.map { day >= $0 } ?? true && request.through.map { day <= $0 } ?? true
            }
            .sorted { Self.isNewer(Self.cursor($0), than: Self.cursor($1)) }
        let rest = matching.filter { call in request.after.map { Self.isNewer($0, than: Self.cursor(call)) } ?? true }
        let skipped = rest.dropFirst(request.after == nil ? request.offset : 0)
        let shown = skipped.prefix(request.limit)
        return CallPage(
            calls: shown.map { record($0, request.texts) },
            total: request.wantsTotal ? matching.count : 0,
            next: skipped.count > shown.count ? shown.last.map(Self.cursor) : nil)
    }

    func copy(of id: ClientID, in workspaceID: WorkspaceID) async throws -> ClientCopy? {
        lock.withLock { copies[id] }.flatMap { $0.workspaceID == workspaceID ? $0 : nil }
    }

    func keep(_ copy: ClientCopy) async throws {
        lock.withLock {
            if let known = copies[copy.id], known.version >= copy.version { return }
            copies[copy.id] = copy
        }
    }

    private func record(_ call: FinishedCall, _ texts: ListCalls.Texts) -> CallRecord {
        let client = call.facts.clientID.flatMap { id in lock.withLock { copies[id] } }
        return CallRecord(
            id: call.id, facts: call.facts, clientName: client?.name, clientPhone: client?.phoneNumber,
            otherPartyPhone: call.otherPartyPhone, otherPartyName: call.otherPartyName,
            transcript: texts == .all ? call.transcript : "", recordingURL: call.recordingURL,
            notes: texts == .none ? nil : call.notes,
            carrierEndCode: nil, endedAt: call.endedAt, version: 1)
    }

    private static func cursor(_ call: FinishedCall) -> PageCursor {
        PageCursor(at: call.facts.createdAt, id: call.id.uuid)
    }

    private static func isNewer(_ left: PageCursor, than right: PageCursor) -> Bool {
        if left.at != right.at { return left.at > right.at }
        return withUnsafeBytes(of: right.id.uuid) { right in
            withUnsafeBytes(of: left.id.uuid) { left in right.lexicographicallyPrecedes(left) }
        }
    }
}

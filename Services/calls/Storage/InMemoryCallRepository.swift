import Bus
import Contracts
import Foundation

/// Calls and copies of clients in memory, for unit tests: the same answers as PostgreSQL gives.
final class InMemoryCallRepository: CallRepository, ClientCopyRepository, @unchecked Sendable {
    private let lock = NSLock()
    private var calls: [CallKey: NewCall] = [:]
    private var versions: [CallKey: Int] = [:]
    private var deleted: Set<CallKey> = []
    private var copies: [ClientID: ClientCopy] = [:]
    private var eventLog: [CallChanged] = []

    /// What was announced, in order.
    var events: [CallChanged] { lock.withLock { eventLog } }

    func store(_ new: [NewCall]) async -> [Result<LoggedCall, Fault>] {
        lock.withLock { new.map { storeOne($0) } }
    }

    private func storeOne(_ call: NewCall) -> Result<LoggedCall, Fault> {
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

    func call(_ id: CallID, in workspaceID: WorkspaceID) async throws -> StoredCall {
        let key = CallKey(workspaceID: workspaceID, id: id)
        let found = lock.withLock { deleted.contains(key) ? nil : calls[key] }
        guard let found else { throw Fault(.callNotFound) }
        return stored(found)
    }

    func lastCalls(of agents: [AgentID], in workspaceID: WorkspaceID) async throws -> [Timestamp?] {
        lock.withLock {
            let there = calls.filter { $0.key.workspaceID == workspaceID && !deleted.contains($0.key) }.values
            return agents.map { id in
                there.filter { $0.state.facts.agentID == id }.map(\.state.facts.createdAt).max()
            }
        }
    }

    func replace(
        _ call: StoredCall, by next: CallState?, in workspaceID: WorkspaceID, at _: Timestamp
    ) async throws -> Bool {
        let key = CallKey(workspaceID: workspaceID, id: call.id)
        return lock.withLock {
            guard let known = calls[key], (versions[key] ?? 1) == call.version, !deleted.contains(key) else {
                return false
            }
            if let next {
                calls[key] = NewCall(
                    workspaceID: workspaceID, id: call.id, keyID: known.keyID, fingerprint: known.fingerprint,
                    state: next)
            } else {
                deleted.insert(key)
            }
            versions[key] = call.version + 1
            eventLog.append(
                CallChanged(id: call.id, version: call.version + 1, before: call.state.facts, after: next?.facts))
            return true
        }
    }

    func page(_ request: ListCalls, in workspaceID: WorkspaceID) async throws -> CallPage {
        let matching = lock.withLock { calls.filter { !deleted.contains($0.key) }.map(\.value) }
            .filter { call in
                let day = call.facts.createdAt.day
                return call.workspaceID == workspaceID && Self.fits(call, request)
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

    private static func fits(_ call: NewCall, _ request: ListCalls) -> Bool {
        request.clientID.map { $0 == call.facts.clientID } ?? true
            && request.agentID.map { $0 == call.facts.agentID } ?? true
            && request.campaignID.map { $0 == call.facts.campaignID } ?? true
            && (request.statuses.isEmpty || request.statuses.contains(call.facts.status))
            && request.channel.map { $0 == call.facts.channel } ?? true
            && request.isEscalated.map { $0 == false } ?? true
            && request.phoneKey.map { $0 == call.state.otherPartyPhoneKey } ?? true
    }

    private func stored(_ call: NewCall) -> StoredCall {
        lock.withLock {
            let client = call.facts.clientID.flatMap { copies[$0] }
            return StoredCall(
                id: call.id, state: call.state, version: versions[CallKey(call)] ?? 1, clientName: client?.name,
                clientPhone: client?.phoneNumber)
        }
    }

    private func record(_ call: NewCall, _ texts: ListCalls.Texts) -> CallRecord {
        var record = stored(call).record
        if texts != .all {
            record.transcript = ""
            record.details.summary = ""
        }
        if texts == .none { record.notes = nil }
        return record
    }

    private static func cursor(_ call: NewCall) -> PageCursor {
        PageCursor(at: call.facts.createdAt, id: call.id.uuid)
    }

    private static func isNewer(_ left: PageCursor, than right: PageCursor) -> Bool {
        if left.at != right.at { return left.at > right.at }
        return withUnsafeBytes(of: right.id.uuid) { right in
            withUnsafeBytes(of: left.id.uuid) { left in right.lexicographicallyPrecedes(left) }
        }
    }
}

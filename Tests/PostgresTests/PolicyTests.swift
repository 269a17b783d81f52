import Foundation
import Testing

@testable import Postgres

@Suite struct `Prepared statements` {
    @Test func `are found by text and types, and the least used go first`() {
        var prepared = PreparedStatements(limit: 10)
        func key(_ number: Int, _ types: [UInt32] = []) -> PreparedStatements.Key {
            PreparedStatements.Key(sql: "SELECT \(number)", types: types)
        }
        for number in 0..<10 { prepared.insert(key(number), name: prepared.makeName()) }
        #expect(prepared.removeExcess().isEmpty)
        #expect(prepared.name(for: key(0)) == "s1")
        #expect(prepared.name(for: key(0, [23])) == nil)
        for number in 10..<12 { prepared.insert(key(number), name: prepared.makeName()) }
        #expect(prepared.removeExcess() == ["s2", "s3", "s4"])
        #expect(prepared.name(for: key(0)) == "s1")
        #expect(prepared.count == 9)
    }
}

@Suite struct `The pause after a failed connection` {
    @Test func `refuses at once, lets one probe through and ends with success`() throws {
        var backoff = ConnectBackoff()
        #expect(backoff.refusal() == nil)
        backoff.failed(.unavailable("away"))
        #expect(backoff.refusal()?.message == "away")
        usleep(70_000)
        #expect(backoff.refusal() == nil)
        #expect(backoff.refusal()?.message == "away")
        backoff.abandoned()
        #expect(backoff.refusal() == nil)
        backoff.succeeded()
        #expect(backoff.reason == nil)
        #expect(backoff.refusal() == nil)
        #expect(backoff.refusal() == nil)
    }
}

@Suite struct `Durability settings` {
    private func broken(_ change: [String: String]) -> Int {
        let good = [
            "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "synchronous_standby_names": "",
        ]
        return DurabilitySettings(values: good.merging(change) { $1 }).brokenPromises.count
    }

    @Test func `break the promise one by one`() {
        #expect(broken([:]) == 0)
        #expect(broken(["fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"]) == 3)
        #expect(broken(["synchronous_commit": "local"]) == 0)
        #expect(broken(["synchronous_commit": "local", "synchronous_standby_names": "b"]) == 1)
        #expect(broken(["synchronous_commit": "remote_write", "synchronous_standby_names": "b"]) == 1)
        #expect(broken(["synchronous_commit": "remote_apply", "synchronous_standby_names": "b"]) == 0)
        #expect(DurabilitySettings(values: [:]).brokenPromises.count == 3)
    }
}

@Suite struct `Connection parameters` {
    @Test func `of the URL win over those of the layer`() throws {
        var configuration = DatabaseConfiguration(
            url: "postgresql://u@a,b/d?application_name=mine&options=-cwork_mem%3D1MB", applicationName: "layer")
        configuration.statementTimeout = .milliseconds(1_500)
        let parameters = try ConnectionParameters(configuration)
        #expect(parameters.values["application_name"] == "mine")
        #expect(parameters.values["options"]?.hasPrefix("-c statement_timeout=1500 ") == true)
        #expect(parameters.values["options"]?.hasSuffix(" -cwork_mem=1MB") == true)
        #expect(parameters.values["connect_timeout"] == "5")
        #expect(parameters.namesSeveralHosts)
        #expect(throws: DatabaseError.self) {
            try ConnectionParameters(DatabaseConfiguration(url: "no keywords here"))
        }
    }
}

@Suite struct `Deadlines and durations` {
    @Test func `survive extreme values`() {
        #expect(Duration.seconds(-1).nanoseconds == 0)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Deadline.after(.seconds(Int64.max)) == .never)
        #expect(Deadline.never.pollTimeoutMS == -1)
        #expect(Deadline.after(.zero).hasPassed)
        #expect(Deadline.after(.seconds(-5)).pollTimeoutMS == 0)
    }
}

import Foundation
import Testing

@testable import ServiceRuntime

struct UUIDv7Tests {
    private func bytes(_ id: UUID) -> [UInt8] { withUnsafeBytes(of: id.uuid) { Array($0) } }

    @Test func `an identifier tells its version, its variant and its time`() {
        let before = UInt64(Date().timeIntervalSince1970 * 1000)
        let made = bytes(UUIDv7.make())
        let after = UInt64(Date().timeIntervalSince1970 * 1000)
        let milliseconds = made[..<6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect((before...after + 1).contains(milliseconds))
        #expect(made[6] >> 4 == 7)
        #expect(made[8] >> 6 == 2)
    }

    @Test func `identifiers grow, also within a millisecond and when the clock steps back`() {
        var sequence = UUIDv7Sequence()
        let times: [UInt64] = [1000, 1000, 999, 5, 1001, 1000]
        let made = times.flatMap { time in (0..<5000).map { _ in bytes(sequence.next(at: time)) } }
        #expect(zip(made, made.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
    }

    @Test func `identifiers made at the same time by many tasks differ`() async {
        let all = await withTaskGroup(of: [UUID].self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<5000).map { _ in UUIDv7.make() } }
            }
            return await group.reduce(into: Set<UUID>()) { $0.formUnion($1) }
        }
        #expect(all.count == 40000)
    }
}

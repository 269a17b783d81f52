import TestSupport

/// Many writers and a reader at work on one stack at the same time.
final class Traffic: Sendable {
    let asker: Asker
    private let tasks: [Task<Void, Never>]

    enum Mix: Sendable {
        /// Calls and their lives, clients, sessions, keys, conversations, agents and what they read, and somebody who looks.
        case everything
        /// So that every event is a call's.
        case callsAlone
        /// Conversations, agents and what they read.
        case talkAlone
    }

    /// Begins at once.
    /// - Parameters:
    ///   - life: whose calls are followed from their begin to their end.
    ///   - talkers: whose agents answer.
    init(asker: Asker, tenants: [Tenant], life: Tenant, talkers: [Tenant], seed: UInt64, mix: Mix) {
        self.asker = asker
        var tasks: [Task<Void, Never>] = []
        if mix != .talkAlone { tasks += Self.callers(asker, tenants, seed) }
        if mix == .everything { tasks += Self.others(asker, tenants, life, seed) }
        if mix != .callsAlone { tasks += Self.talkers(asker, talkers, seed &+ 3000, isAlone: mix == .talkAlone) }
        tasks.append(
            Task {
                var reader = Reader(
                    asker: asker, tenants: tenants, generator: SeededGenerator(seed: seed &+ 2000))
                await reader.run()
            })
        self.tasks = tasks
    }

    private static func callers(_ asker: Asker, _ tenants: [Tenant], _ seed: UInt64) -> [Task<Void, Never>] {
        (0..<12).map { number in
            Task {
                var writer = CallWriter(asker: asker, tenants: tenants, seed: seed &+ UInt64(number))
                await writer.run()
            }
        }
    }

    private static func others(
        _ asker: Asker, _ tenants: [Tenant], _ life: Tenant, _ seed: UInt64
    ) -> [Task<Void, Never>] {
        (0..<2).flatMap { number -> [Task<Void, Never>] in
            let seed = seed &+ 1000 &+ UInt64(number)
            return [
                Task {
                    var writer = ClientWriter(asker: asker, tenants: tenants, seed: seed, number: number)
                    await writer.run()
                },
                Task {
                    var writer = SessionWriter(
                        asker: asker, tenants: tenants, generator: SeededGenerator(seed: seed &+ 100))
                    await writer.run()
                },
                Task {
                    var writer = LifeWriter(
                        asker: asker, tenant: life, generator: SeededGenerator(seed: seed &+ 200))
                    await writer.run()
                },
            ]
        }
    }

    /// - Parameter isAlone: otherwise they take little of what the machine can do.
    private static func talkers(
        _ asker: Asker, _ tenants: [Tenant], _ seed: UInt64, isAlone: Bool
    ) -> [Task<Void, Never>] {
        let talks = (0..<(isAlone ? 6 : 2)).map { number in
            Task {
                var writer = TalkWriter(
                    asker: asker, tenants: tenants, pause: .milliseconds(isAlone ? 10 : 60),
                    seed: seed &+ UInt64(number))
                await writer.run()
            }
        }
        return talks + [
            Task {
                var writer = DocumentWriter(
                    asker: asker, tenants: tenants, pause: .milliseconds(isAlone ? 100 : 400),
                    generator: SeededGenerator(seed: seed &+ 100))
                await writer.run()
            },
            Task {
                var writer = DeploymentWriter(
                    asker: asker, tenants: tenants, pause: .milliseconds(isAlone ? 100 : 400),
                    generator: SeededGenerator(seed: seed &+ 200))
                await writer.run()
            },
        ]
    }

    /// Begins nothing new, lets what is unanswered be asked again for this long, and waits for all writers.
    func finish(within patience: Duration = .seconds(15)) async {
        asker.finish(within: patience)
        for task in tasks { await task.value }
    }
}

import TestSupport

/// Many writers and a reader at work on one stack at the same time.
final class Traffic: Sendable {
    let asker: Asker
    private let tasks: [Task<Void, Never>]

    enum Mix: Sendable {
        /// Calls and their lives, clients, sessions, keys, and somebody who looks.
        case everything
        /// So that every event is a call's.
        case callsAlone
    }

    /// Begins at once.
    /// - Parameter life: whose calls are followed from their begin to their end.
    init(asker: Asker, tenants: [Tenant], life: Tenant, seed: UInt64, mix: Mix) {
        self.asker = asker
        var tasks: [Task<Void, Never>] = []
        for number in 0..<12 {
            tasks.append(
                Task {
                    var writer = CallWriter(asker: asker, tenants: tenants, seed: seed &+ UInt64(number))
                    await writer.run()
                })
        }
        for number in 0..<(mix == .everything ? 2 : 0) {
            let seed = seed &+ 1000 &+ UInt64(number)
            tasks.append(
                Task {
                    var writer = ClientWriter(asker: asker, tenants: tenants, seed: seed, number: number)
                    await writer.run()
                })
            tasks.append(
                Task {
                    var writer = SessionWriter(
                        asker: asker, tenants: tenants, generator: SeededGenerator(seed: seed &+ 100))
                    await writer.run()
                })
            tasks.append(
                Task {
                    var writer = LifeWriter(
                        asker: asker, tenant: life, generator: SeededGenerator(seed: seed &+ 200))
                    await writer.run()
                })
        }
        tasks.append(
            Task {
                var reader = Reader(
                    asker: asker, tenants: tenants, generator: SeededGenerator(seed: seed &+ 2000))
                await reader.run()
            })
        self.tasks = tasks
    }

    /// Begins nothing new, lets what is unanswered be asked again for this long, and waits for all writers.
    func finish(within patience: Duration = .seconds(15)) async {
        asker.finish(within: patience)
        for task in tasks { await task.value }
    }
}

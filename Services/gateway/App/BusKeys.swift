import Foundation
import ProcessBus
import ZeroMQ

/// `gateway keys <folder>`: makes the keys with which the processes of a stack know one another.
enum BusKeys {
    static func make(_ arguments: [String]) -> Never {
        guard arguments.count == 2, !arguments[1].hasPrefix("-") else {
            fail("usage: gateway keys <folder>", code: 64)
        }
        do {
            let made = try CurveKeys.generate(into: arguments[1], services: ["gateway"] + BusSettings.services)
            print(
                made.isEmpty
                    ? "All keys were there already."
                    : "Made the keys of \(made.joined(separator: ", ")) in \(arguments[1]).")
            exit(0)
        } catch {
            fail("\(error)", code: 1)
        }
    }

    private static func fail(_ sentence: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data("gateway: \(sentence)\n".utf8))
        exit(code)
    }
}

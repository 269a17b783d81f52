import Foundation
import TestSupport

extension Stack {
    /// What all processes have printed, PostgreSQL's log included.
    func printed() -> String {
        let logs = "\(folder)/logs"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: logs)) ?? []
        let paths = files.filter { !$0.hasPrefix("curl-") }.map { "\(logs)/\($0)" } + [postgres.folder + "/log"]
        return paths.map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" }.joined(separator: "\n")
    }
}

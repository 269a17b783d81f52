import Logging
import NIOConcurrencyHelpers

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Renders each event as one line and writes it to a `LogOutput`.
package struct ServiceLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let service: String
    private let label: String
    private let format: LogFormat
    private let output: LogOutput

    /// - Parameters:
    ///   - service: the process's name, in each line.
    ///   - label: the logger's, in each line as `logger` unless it equals the service.
    package init(
        service: String, label: String, level: Logger.Level, format: LogFormat, output: LogOutput,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.service = service
        self.label = label
        self.logLevel = level
        self.format = format
        self.output = output
        self.metadataProvider = metadataProvider
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get(), !provided.isEmpty { merged.merge(provided) { $1 } }
        if let own = event.metadata {
            if merged.isEmpty { merged = own } else { merged.merge(own) { $1 } }
        }
        if let error = event.error { merged["error"] = .string("\(error)") }
        let line = line(event.level, event.message.description, merged)
        output.write(line, isUrgent: event.level >= .notice) { dropped in
            self.line(
                .warning, "Log lines were dropped, since nobody read them.", ["dropped": .stringConvertible(dropped)])
        }
    }

    private func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> [UInt8] {
        var metadata = metadata
        if label != service { metadata["logger"] = .string(label) }
        return LogLine(time: .now(), level: level, service: service, message: message, metadata: metadata)
            .rendered(as: format)
    }
}

/// Sets up logging for a process.
package enum Logs {
    /// What is still kept back when the process ends.
    private static let lastOutput = NIOLockedValueBox<LogOutput?>(nil)

    /// Sends what every logger says to standard error. To be called once in a process.
    /// - Parameters:
    ///   - format: nil means text on a terminal, JSON elsewhere.
    ///   - metadataProvider: gives `request_id` and `trace_id` of the task that logs.
    package static func bootstrap(
        service: String, level: Logger.Level, format: LogFormat?, output: LogOutput = LogOutput(),
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        let format = format ?? (output.isTerminal ? .text : .json)
        lastOutput.withLockedValue { $0 = output }
        atexit { Logs.lastOutput.withLockedValue { $0 }?.flush { _ in [] } }
        LoggingSystem.bootstrap(
            { label, provider in
                ServiceLogHandler(
                    service: service, label: label, level: level, format: format, output: output,
                    metadataProvider: provider)
            },
            metadataProvider: metadataProvider)
    }
}

import Contracts

extension RouteInput {
    /// Where the recording of a call can be fetched: signed and expiring where it is kept here, else as it was given.
    /// - Parameter prefix: of a dialect that serves recordings; nil for the route's own.
    package func recordingURL(of call: CallRecord, under prefix: String? = nil) throws -> String? {
        guard call.isRecorded else { return call.recordingURL }
        return try signedLink(to: "call-recordings/\(call.id)/download", under: prefix)
    }
}

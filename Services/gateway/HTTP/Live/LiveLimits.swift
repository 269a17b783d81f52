/// What one gateway process gives to live connections.
package struct LiveLimits: Sendable {
    /// Connections at a time; further ones are refused with 503.
    package var sockets = 3000
    /// Of those, for one workspace; further ones are closed with 1013.
    package var socketsPerWorkspace = 500
    /// Bytes of an inbound frame, whole or in parts.
    package var frameBytes = 65_536
    /// Inbound frames that wait for a connection's turn before nothing more is read of it.
    package var waitingFrames = 16
    /// What a slow reader may have in front of it, beside 64 KiB of the system's: in bytes and in frames.
    package var bufferBytes = 262_144
    package var bufferFrames = 1024
    /// How long a connection may stay without saying who it is, in milliseconds.
    package var firstFrameMS = 5000
    /// A ping this often; who says nothing until the next one is gone. In milliseconds.
    package var pingMS = 20_000
    /// How long a slow reader may take for what is sent again to it, in milliseconds.
    package var drainMS = 20_000
    /// How long the other side may take to close after it was told to, in milliseconds.
    package var closeMS = 2000
    /// The same for one that is too slow and has much to read before.
    package var slowCloseMS = 10_000
    /// How long analytics may be silent before it is asked how far the feeds go, in milliseconds.
    package var pollMS = 250
    /// How often credentials of open connections are looked at, in milliseconds.
    package var checkMS = 250
    /// The shortest time between two `metrics` frames, and the longest between two looks, in milliseconds.
    package var metricsMS = 1000
    package var metricsPollMS = 15_000
    /// How long an agent may take to answer a message, in milliseconds.
    package var answerMS = 60_000
    /// Frames of one workspace that are kept for those who come back, in frames and in bytes.
    package var recentFrames = 1024
    package var recentBytes = 524_288
    /// `?token=` is taken; such tokens stand in the logs of proxies.
    package var takesTokenInQuery = true

    package init() {}
}

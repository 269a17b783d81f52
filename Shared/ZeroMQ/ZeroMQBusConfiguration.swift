import Bus

/// Everything that a `ZeroMQBus` is told from outside.
package struct ZeroMQBusConfiguration: Sendable {
    /// This process's service, for example `calls`; the name of its keys.
    package var service: String
    /// Where questions are answered, for example `ipc:///run/sb/calls-42.sock` or `tcp://*:7000`; nil for a process
    /// that only asks.
    package var requestsBind: String?
    /// Where news is published; nil for a process that publishes none.
    package var eventsBind: String?
    /// Where the others are, by the name of the service.
    package var owners: [String: Owner]
    package var limits: BusLimits
    /// Nil leaves the bus in plain text, open to whoever reaches it: only for one machine or a trusted network.
    package var keys: CurveKeys?
    package var authority: CallerAuthority

    package init(
        service: String, requestsBind: String? = nil, eventsBind: String? = nil, owners: [String: Owner] = [:],
        limits: BusLimits = BusLimits(), keys: CurveKeys? = nil, authority: CallerAuthority = CallerAuthority()
    ) {
        self.service = service
        self.requestsBind = requestsBind
        self.eventsBind = eventsBind
        self.owners = owners
        self.limits = limits
        self.keys = keys
        self.authority = authority
    }

    /// Where the processes of one service are. Patterns are `ipc://` paths, whose file name may hold `*`, and
    /// `tcp://host:port`, each address of the host being an endpoint of its own.
    package struct Owner: Sendable, Equatable {
        package var requests: [String]
        package var events: [String]

        package init(requests: [String], events: [String] = []) {
            self.requests = requests
            self.events = events
        }
    }
}

/// The bounds of a bus. The defaults are what the services run with.
package struct BusLimits: Sendable {
    /// How long a question without a deadline of its own waits for its answer.
    package var timeoutMS = 5000
    /// How long a question waits for a live process of its owner, at start and restart.
    package var connectWaitMS = 250
    /// Questions of this process to one owner that wait for an answer; one more is refused.
    package var askedInFlight = 1024
    /// Questions that this process works on at a time. Reads get 7/8 of it, statistics half.
    package var servedInFlight = 256
    /// Questions that wait for their turn, per priority; one more is refused.
    package var queueLength = 512
    /// How long a question may wait for its turn before it is refused.
    package var queueWaitMS = 40
    /// The largest message, either way.
    package var messageBytes = 16 * 1024 * 1024
    /// Messages that libzmq holds per connection and direction.
    package var messagesPerPeer = 4096
    /// News that waits to be published; more is dropped.
    package var noticesQueued = 8192
    package var handshakeMS = 3000
    /// How often a live peer is asked whether it is there, and publishers say that they are.
    package var heartbeatMS = 500
    /// A peer that is silent that long counts as dead; checked at each heartbeat.
    package var heartbeatTimeoutMS = 1500
    /// How often endpoints are looked for again.
    package var lookoutMS = 2000
    /// Endpoints of one owner that are kept; more are ignored.
    package var endpointsPerOwner = 64

    package init() {}
}

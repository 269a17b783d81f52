import CZeroMQ
import Glibc

/// Sleeps until a socket of this thread may have something, or its wake-up is signalled.
///
/// It watches the descriptors that libzmq gives out. Such a descriptor tells of changes, not of states: it is only to be
/// trusted for a socket that was received from until it was empty, after the last send.
struct Poller {
    private let wake: Wake
    private var items: [pollfd]

    init(wake: Wake) {
        self.wake = wake
        items = [Poller.item(wake.descriptor)]
    }

    private static func item(_ descriptor: Int32) -> pollfd {
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    }

    /// Adds one descriptor and returns its slot.
    mutating func watch(_ descriptor: Int32) -> Int {
        items.append(Poller.item(descriptor))
        return items.count - 1
    }

    /// Watches these connections and nothing else.
    mutating func watch(_ connections: [Connection]) {
        items.removeLast(items.count - 1)
        for connection in connections { add(connection) }
    }

    mutating func add(_ connection: Connection) {
        connection.slot = watch(connection.descriptors.socket)
        _ = watch(connection.descriptors.monitor)
        connection.needsReceiving = true
    }

    /// - Parameters:
    ///   - timeoutMS: -1 sleeps without end.
    ///   - isIdle: asked once more when a signal can no longer be missed; false means that there is work already.
    mutating func poll(timeoutMS: Int32, isIdle: () -> Bool) {
        if timeoutMS == 0 {
            sleep(0)
        } else {
            wake.arm()
            sleep(isIdle() ? timeoutMS : 0)
            wake.disarm()
        }
        if items[0].revents != 0 { wake.drain() }
    }

    private mutating func sleep(_ timeoutMS: Int32) {
        let count = items.count
        let ready = items.withUnsafeMutableBufferPointer { Glibc.poll($0.baseAddress, nfds_t(count), timeoutMS) }
        // Interrupted: look at everything.
        if ready < 0 { for index in items.indices { items[index].revents = Int16(POLLIN) } }
    }

    func isReady(_ slot: Int) -> Bool { items[slot].revents != 0 }
    func isReady(_ connection: Connection) -> Bool { isReady(connection.slot) }
    func hasEvents(_ connection: Connection) -> Bool { connection.needsObserving || isReady(connection.slot + 1) }
}

import Bus

/// What becomes of one question: sent, answered, sent again, given up.
extension AskingLoop {
    /// Sends a question to the best endpoint, or lets it wait a little for one.
    func dispatch(_ ask: PendingAsk) {
        if let connection = place(ask.frame, with: ask.owner) {
            sent(ask, to: connection)
        } else {
            forgetExpiredWaiting(of: ask.owner)
            owners[ask.owner].waiting.append(ask.id)
            setExpiry(of: ask, to: min(ask.deadline, .after(milliseconds: asker.limits.connectWaitMS)))
            if owners[ask.owner].live == 0 { lookNow() }
        }
    }

    func dispatchWaiting(of owner: Int) {
        while let id = owners[owner].waiting.first {
            if let ask = pending[id], ask.connection == nil, ask.continuation != nil {
                ask.frame.setBudget(ask.deadline.budgetMS)
                guard let connection = place(ask.frame, with: owner) else { return }
                sent(ask, to: connection)
            }
            _ = owners[owner].waiting.popFirst()
        }
    }

    /// Keeps the queue as short as what is in it, also when nobody ever comes.
    private func forgetExpiredWaiting(of owner: Int) {
        while let id = owners[owner].waiting.first, pending[id] == nil { _ = owners[owner].waiting.popFirst() }
    }

    private func sent(_ ask: PendingAsk, to connection: Connection) {
        ask.connection = connection
        setExpiry(of: ask, to: ask.deadline)
    }

    private func setExpiry(of ask: PendingAsk, to deadline: Deadline) {
        ask.expiry = deadline
        deadlines.insert(ask.id, at: deadline)
    }

    /// What was not begun, or may be begun twice, goes to another.
    private func dispatchAgain(_ ask: PendingAsk) {
        ask.connection = nil
        ask.frame.setBudget(ask.deadline.budgetMS)
        counts[ask.owner].resent += 1
        dispatch(ask)
    }

    private func place(_ frame: [UInt8], with owner: Int) -> Connection? {
        while let connection = owners[owner].best() {
            connection.needsReceiving = true
            if case .sent = connection.socket.send(frame) {
                connection.load += 1
                return connection
            }
            connection.isFull = true
        }
        return nil
    }

    // MARK: Answers

    func answered(_ id: UInt64, _ bytes: UnsafeRawBufferPointer, from connection: Connection, of owner: Int) {
        guard let ask = pending[id], ask.connection === connection else { return counts[owner].late += 1 }
        forget(ask)
        guard let continuation = ask.continuation else { return counts[owner].late += 1 }
        counts[owner].inFlight -= 1
        resumptions.append((continuation, .success([UInt8](bytes))))
    }

    /// The peer did not begin with it: somebody else may.
    func turnedAway(_ id: UInt64, by connection: Connection) {
        guard let ask = pending[id], ask.connection === connection else { return }
        guard ask.continuation != nil else { return forget(ask) }
        connection.load -= 1
        dispatchAgain(ask)
    }

    /// Nobody will answer what is in flight there. Whether it was done is not known, so only what may be done twice is
    /// asked again.
    func settle(_ connection: Connection) {
        connection.load = 0
        for ask in pending.values where ask.connection === connection {
            if ask.continuation == nil {
                forget(ask)
            } else if ask.isRepeatable, !ask.wasResent, !ask.deadline.hasPassed {
                ask.wasResent = true
                dispatchAgain(ask)
            } else {
                counts[ask.owner].cutOff += 1
                fail(ask, with: Fault.deadlinePassed())
            }
        }
        connection.load = pending.values.count { $0.connection === connection }
    }

    // MARK: Giving up

    func cancel(_ id: UInt64) {
        guard let ask = pending[id], ask.continuation != nil else { return }
        counts[ask.owner].cancelled += 1
        giveUp(ask, with: CancellationError())
    }

    /// Fails what is due.
    func expire() {
        let now = Deadline.after(milliseconds: 0)
        while let item = deadlines.first, item.deadline <= now {
            deadlines.removeFirst()
            guard let ask = pending[item.id], ask.expiry == item.deadline else { continue }
            if ask.continuation == nil {
                forget(ask)
            } else if ask.connection == nil {
                failUnsent(ask)
            } else {
                counts[ask.owner].timeouts += 1
                giveUp(ask, with: Fault.deadlinePassed())
            }
        }
        if deadlines.count > 4096, deadlines.count > 4 * pending.count {
            deadlines.compact { self.pending[$0.id]?.expiry == $0.deadline }
        }
    }

    private func failUnsent(_ ask: PendingAsk) {
        if ask.wasResent {
            counts[ask.owner].cutOff += 1
            fail(ask, with: Fault.deadlinePassed())
        } else if owners[ask.owner].live > 0 {
            counts[ask.owner].refused += 1
            fail(ask, with: Fault.overloaded())
        } else {
            counts[ask.owner].unreachable += 1
            fail(ask, with: Fault.unreachable(owners[ask.owner].name))
        }
    }

    /// Fails a question whose endpoint still owes an answer. It goes on counting as load there for a while: an endpoint
    /// that swallows questions must not look idle.
    private func giveUp(_ ask: PendingAsk, with error: any Error) {
        guard ask.connection != nil, owners[ask.owner].debts < asker.limits.askedInFlight else {
            return fail(ask, with: error)
        }
        counts[ask.owner].inFlight -= 1
        owners[ask.owner].debts += 1
        if let continuation = ask.continuation { resumptions.append((continuation, .failure(error))) }
        ask.continuation = nil
        ask.frame = []
        setExpiry(of: ask, to: .after(milliseconds: AskingLoop.debtMS))
    }

    private func fail(_ ask: PendingAsk, with error: any Error) {
        forget(ask)
        counts[ask.owner].inFlight -= 1
        if let continuation = ask.continuation { resumptions.append((continuation, .failure(error))) }
    }

    private func forget(_ ask: PendingAsk) {
        pending[ask.id] = nil
        ask.connection?.load -= 1
        if ask.continuation == nil { owners[ask.owner].debts -= 1 }
    }
}

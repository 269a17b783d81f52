import Bus

/// What becomes of one question: sent, answered, sent again, given up.
extension AskingLoop {
    /// Sends a question to the best endpoint, or lets it wait a little for one.
    func dispatch(_ id: UInt64) {
        guard let ask = pending[id] else { return }
        if let connection = place(ask.frame, with: ask.owner) {
            sent(id, to: connection)
        } else {
            owners[ask.owner].waiting.append(id)
            setExpiry(of: id, to: min(ask.deadline, .after(milliseconds: asker.limits.connectWaitMS)))
            if owners[ask.owner].live == 0 { lookNow() }
        }
    }

    func dispatchWaiting(of owner: Int) {
        while let id = owners[owner].waiting.first {
            if let ask = pending[id], ask.connection == nil, ask.continuation != nil {
                pending[id]?.frame.setBudget(ask.deadline.budgetMS)
                guard let connection = place(pending[id]?.frame ?? [], with: owner) else { return }
                sent(id, to: connection)
            }
            _ = owners[owner].waiting.popFirst()
        }
    }

    private func sent(_ id: UInt64, to connection: Connection) {
        guard let deadline = pending[id]?.deadline else { return }
        pending[id]?.connection = connection
        setExpiry(of: id, to: deadline)
    }

    private func setExpiry(of id: UInt64, to deadline: Deadline) {
        pending[id]?.expiry = deadline
        deadlines.insert(id, at: deadline)
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
        pending[id]?.connection = nil
        pending[id]?.frame.setBudget(ask.deadline.budgetMS)
        counts[ask.owner].resent += 1
        dispatch(id)
    }

    /// Nobody will answer what is in flight there. Whether it was done is not known, so only what may be done twice is
    /// asked again.
    func settle(_ connection: Connection) {
        connection.load = 0
        for ask in pending.values where ask.connection === connection {
            if ask.continuation == nil {
                forget(ask)
            } else if ask.isRepeatable, !ask.wasResent, !ask.deadline.hasPassed {
                pending[ask.id]?.wasResent = true
                pending[ask.id]?.connection = nil
                pending[ask.id]?.frame.setBudget(ask.deadline.budgetMS)
                counts[ask.owner].resent += 1
                dispatch(ask.id)
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
        pending[ask.id]?.continuation = nil
        pending[ask.id]?.frame = []
        setExpiry(of: ask.id, to: .after(milliseconds: AskingLoop.debtMS))
        if let continuation = ask.continuation { resumptions.append((continuation, .failure(error))) }
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

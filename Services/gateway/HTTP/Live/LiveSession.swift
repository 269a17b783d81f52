import Bus
import Contracts
import Foundation
import Hummingbird
import Logging
import NIOCore

/// One live connection from its handshake to its end: who it is, what it is shown, what it says.
struct LiveSession: Sendable {
    let socket: LiveSocket
    let handshake: LiveHandshake
    let gateway: Gateway
    let hub: LiveHub
    let client: NetworkAddress

    func run() async {
        defer {
            hub.forget(socket)
            hub.givePlaceBack()
        }
        let work = Task { await serve() }
        try? await socket.channel.closeFuture.get()
        // Nobody is there any more for what it still waits for.
        work.cancel()
        await work.value
    }

    private func serve() async {
        var messages = socket.messages.makeAsyncIterator()
        do {
            let credential = try await authenticate(&messages)
            try admit(credential.caller)
            guard credential.caller.grantedScopes.allow(.readCalls) else { throw Fault(.permissionDenied) }
            let workspaceID = try credential.caller.requireWorkspace()
            let resume = try handshake.resumeNumber()
            let room = try hub.enter(workspaceID)
            defer { hub.leave(workspaceID) }
            hub.watch(socket, credential.standing)
            do {
                try await room.join(socket, after: resume)
                while let message = await messages.next() {
                    await receive(message, from: credential.caller)
                    socket.finishedMessage()
                }
            } catch {
                await room.leave(socket)
                throw error
            }
            await room.leave(socket)
        } catch let fault as Fault {
            socket.close(fault.closeCode, fault.message, after: .error(fault))
        } catch is CancellationError {
            socket.close(.normal)
        } catch {
            gateway.parts.logger.error("live connection failed", metadata: ["cause": "\(error)"])
            socket.close(.unexpected, after: .error(.unexpected()))
        }
    }

    // MARK: Who it is

    /// - Throws: a `Fault` for whoever is nobody, or does not say in time.
    private func authenticate(
        _ messages: inout AsyncStream<ByteBuffer>.AsyncIterator
    ) async throws -> Authentication.Credential {
        let authentication = gateway.parts.authentication
        do {
            if handshake.headers.hasCredential { return try await authentication.credential(of: handshake.headers) }
            if let ticket = handshake.query["ticket"] { return try await hub.tickets.redeem(ticket) }
            if let token = handshake.query["token"] {
                guard hub.limits.takesTokenInQuery else {
                    throw Fault(.tokenInvalid, "Tokens are not taken in the address: use a ticket")
                }
                return try await authentication.credential(ofToken: token)
            }
            return try await authentication.credential(ofToken: try await firstToken(&messages))
        } catch let fault as Fault where fault.kind == .unauthenticated {
            // A bad credential counts like none.
            let standing = gateway.rates.admit(.address(client.counted))
            if let retryAfterMS = standing.retryAfterMS { throw Fault(.rateLimited, retryAfterMS: retryAfterMS) }
            throw fault
        }
    }

    private func firstToken(_ messages: inout AsyncStream<ByteBuffer>.AsyncIterator) async throws -> String {
        let (socket, milliseconds) = (socket, hub.limits.firstFrameMS)
        let alarm = socket.eventLoop.scheduleTask(in: .milliseconds(Int64(milliseconds))) {
            socket.close(.policy, "no credential in time", after: .error(Fault(.tokenMissing)))
        }
        defer { alarm.cancel() }
        guard let first = await messages.next() else { throw CancellationError() }
        defer { socket.finishedMessage() }
        let fields = try JSONFields(first)
        guard try fields.text("type", atMost: 100) == "auth", let token = try fields.text("token", atMost: 8192) else {
            throw Fault(.tokenMissing, #"The first frame must be {"type": "auth", "token": "…"}"#)
        }
        return token
    }

    private func admit(_ caller: Caller) throws {
        let key: RateLimiter.Key =
            switch caller.identity {
            case .person(let id, _): .person(id)
            case .apiKey(let id): .apiKey(id)
            case .anonymous, .service: .address(client.counted)
            }
        let standing = gateway.rates.admit(key)
        if let retryAfterMS = standing.retryAfterMS { throw Fault(.rateLimited, retryAfterMS: retryAfterMS) }
    }

    // MARK: What it says

    /// Answers one frame; what is wrong with it is said, and the connection goes on.
    private func receive(_ message: ByteBuffer, from caller: Caller) async {
        let identity = RequestIdentity(HTTPFields())
        let context = AskContext(
            requestID: identity.requestID, traceparent: identity.traceparent,
            deadline: .after(milliseconds: hub.limits.answerMS))
        do {
            try admit(caller)
            let fields = try JSONFields(message)
            guard let type = try fields.text("type", atMost: 100) else { throw Fault.invalid("type", "is required") }
            guard type != "auth" else { throw Fault(.inputInvalid, "This connection has a credential", field: "type") }
            let dialogue = LiveDialogue(
                asker: LiveAsker(bus: hub.parts.bus, caller: caller), makeID: gateway.parts.makeID, pieces: hub.pieces
            ) { [socket] frame in
                socket.post(frame)
                _ = await socket.drained()
            }
            let isKnown = try await AskContext.$current.withValue(context) {
                try await hub.parts.surface.receive(type, fields, in: dialogue)
            }
            guard isKnown else { throw Fault.invalid("type", "is not one that is understood here") }
        } catch let fault as Fault {
            socket.post(.error(fault))
        } catch is CancellationError {
        } catch {
            gateway.parts.logger.error(
                "live message failed", metadata: ["request_id": "\(identity.requestID)", "cause": "\(error)"])
            socket.post(.error(.unexpected()))
        }
    }
}

extension LiveHandshake {
    /// The last number that the client has seen; nil when it wants to begin now.
    /// - Throws: `.inputInvalid`.
    fileprivate func resumeNumber() throws -> Int? {
        guard query["resume_from"] != nil else { return nil }
        return try query.integer("resume_from", default: 0, in: 0...(.max))
    }
}

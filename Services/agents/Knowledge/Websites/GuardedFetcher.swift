import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix

/// What a page answered.
struct FetchedPage: Sendable {
    /// Behind all redirects.
    let address: WebsiteAddress
    let status: Int
    /// Such as `text/html`, without parameters.
    let type: String
    let body: ByteBuffer
}

/// Why a page cannot be had, as a sentence for whoever named it.
struct Unfetchable: Error, Equatable {
    let reason: String
}

protocol PageFetching: Sendable {
    /// - Throws: `Unfetchable`.
    func fetch(_ address: WebsiteAddress) async throws -> FetchedPage
}

/// Fetches pages that anybody may name, from public addresses alone. A name is resolved once for each hop; if one of its
/// addresses is not public nothing is sent, else the connection goes to an address that was looked at.
struct GuardedFetcher: PageFetching {
    static let types: Set<String> = ["text/html", "application/xhtml+xml", "text/plain", "application/pdf"]
    static let largestBytes = 5 << 20
    private static let mostHops = 6

    /// All addresses of a name, as `inet_ntop` writes them.
    var resolve: @Sendable (_ host: String) async throws -> [String] = SystemNames.addresses
    /// Where the connection to an address that was looked at goes.
    var reach: @Sendable (_ address: String) -> String = { $0 }
    /// For the whole of it, with all redirects.
    var deadlineMS: Int64 = 10_000

    /// Bodies that drip end at the deadline, too: the client's own counts only until a response begins.
    func fetch(_ address: WebsiteAddress) async throws -> FetchedPage {
        try await withThrowingTaskGroup(of: FetchedPage.self) { group in
            group.addTask { try await follow(address) }
            group.addTask {
                try await Task.sleep(for: .milliseconds(deadlineMS))
                throw Unfetchable(reason: "\(address.origin) does not answer in time.")
            }
            defer { group.cancelAll() }
            guard let page = try await group.next() else { throw CancellationError() }
            return page
        }
    }

    private func follow(_ address: WebsiteAddress) async throws -> FetchedPage {
        let deadline = NIODeadline.now() + .milliseconds(deadlineMS)
        var address = address
        for _ in 0..<Self.mostHops {
            switch try await hop(address, until: deadline) {
            case .page(let page): return page
            case .redirect(let location):
                guard let next = address.following(location) else {
                    throw Unfetchable(reason: "\(address.origin) leads to an address that must not be fetched.")
                }
                address = next
            }
        }
        throw Unfetchable(reason: "\(address.origin) leads on and on.")
    }

    private enum Hop {
        case page(FetchedPage)
        case redirect(String)
    }

    private func hop(_ address: WebsiteAddress, until deadline: NIODeadline) async throws -> Hop {
        let known = try await publicAddress(of: address)
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.dnsOverride = [address.host: reach(known)]
        configuration.timeout.connect = .seconds(5)
        configuration.timeout.read = .seconds(5)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let hop = try await ask(client, address, until: deadline)
            try? await client.shutdown()
            return hop
        } catch {
            try? await client.shutdown()
            if let error = error as? Unfetchable { throw error }
            try Task.checkCancellation()
            throw Unfetchable(reason: "\(address.origin) does not answer as it should.")
        }
    }

    private func ask(_ client: HTTPClient, _ address: WebsiteAddress, until deadline: NIODeadline) async throws -> Hop {
        var request = HTTPClientRequest(url: address.text)
        request.headers.add(name: "User-Agent", value: "Switchboard/1.0 (+knowledge)")
        request.headers.add(name: "Accept", value: Self.types.sorted().joined(separator: ", "))
        request.headers.add(name: "Accept-Encoding", value: "identity")
        request.headers.add(name: "Connection", value: "close")
        let response = try await client.execute(request, deadline: deadline)
        if (300..<400).contains(response.status.code), let location = response.headers.first(name: "Location") {
            return .redirect(location)
        }
        let type = (response.headers.first(name: "Content-Type") ?? "").prefix { $0 != ";" }
            .trimmingCharacters(in: .whitespaces).lowercased()
        let status = Int(response.status.code)
        guard status == 200 else {
            return .page(FetchedPage(address: address, status: status, type: type, body: ByteBuffer()))
        }
        guard Self.types.contains(type) else {
            throw Unfetchable(reason: "\(address.origin) answers with a type that cannot be read.")
        }
        do {
            let body = try await response.body.collect(upTo: Self.largestBytes)
            return .page(FetchedPage(address: address, status: status, type: type, body: body))
        } catch is NIOTooManyBytesError {
            throw Unfetchable(reason: "A page of \(address.origin) has more than 5 MB.")
        }
    }

    private func publicAddress(of address: WebsiteAddress) async throws -> String {
        let isLiteral = address.host.contains(":") || PublicAddress.isNumber(address.host)
        let addresses = isLiteral ? [address.host] : try await names(of: address)
        guard let first = addresses.first else { throw Unfetchable(reason: "\(address.host) is not known.") }
        guard addresses.allSatisfy(PublicAddress.isPublic) else {
            throw Unfetchable(reason: "\(address.host) leads to an address that is not public.")
        }
        return first
    }

    private func names(of address: WebsiteAddress) async throws -> [String] {
        do {
            return try await resolve(address.host)
        } catch {
            try Task.checkCancellation()
            throw Unfetchable(reason: "\(address.host) is not known.")
        }
    }
}

/// Names as the system resolves them.
enum SystemNames {
    private struct Failure: Error {}

    /// Its own threads: a server of names that hangs holds up nothing else.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
        return threads
    }()

    @Sendable static func addresses(of host: String) async throws -> [String] {
        try await threads.runIfActive {
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var first: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, nil, &hints, &first) == 0 else { throw Failure() }
            defer { freeaddrinfo(first) }
            var addresses: [String] = []
            var next = first
            while let entry = next?.pointee {
                var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
                let code = getnameinfo(
                    entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
                guard code == 0 else { throw Failure() }
                addresses.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
                next = entry.ai_next
            }
            return addresses
        }
    }
}

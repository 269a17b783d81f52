// swift-tools-version: 6.2
import PackageDescription

// Bugs that the fault tests must catch sleep in every debug build until PLANTED_BUG names one. A release never holds
// them, and one that was forced to by SWITCHBOARD_PLANTED_BUGS=1 refuses to start.
let forcesPlantedBugs = Context.environment["SWITCHBOARD_PLANTED_BUGS"] == "1"
let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
    .define("PLANTED_BUGS", forcesPlantedBugs ? nil : .when(configuration: .debug)),
]

// Packages, by the name that the target lists below use.
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioLocks = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")

/// A capability under Shared/, used by at least two services.
func shared(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Shared/\(name)", resources: resources, swiftSettings: settings)
}

/// The parts that every service process is made of.
let serviceParts: [Target.Dependency] =
    ["Bus", "Contracts", "ZeroMQ", "Postgres", "EventLog", "ServiceRuntime", "ServiceHost", logging, lifecycle, crypto]

/// One executable of Services/, which owns one database schema.
func service(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .executableTarget(
        name: name, dependencies: serviceParts + dependencies, path: "Services/\(name)", exclude: exclude,
        resources: [.embedInCode("Migrations")], swiftSettings: settings)
}

/// One product's paths, field names and error bodies.
func dialect(_ name: String, folder: String) -> Target {
    .target(
        name: name, dependencies: ["GatewayHTTP", "Contracts", "Bus", hummingbird],
        path: "Services/gateway/\(folder)", swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: ["TestSupport"] + dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let package = Package(
    name: "switchboard",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CZeroMQ", path: "Shared/CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(
            name: "CPostgres", path: "Shared/CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CCrypt", path: "Shared/CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(
            name: "CExtraction", path: "Shared/CExtraction", pkgConfig: "libxml-2.0",
            providers: [.apt(["libseccomp-dev", "libzip-dev", "libxml2-dev"])]),

        shared("Bus", [logging]),
        shared("Contracts", ["Bus"]),
        shared("ZeroMQ", ["Bus", "CZeroMQ", logging]),
        shared("Postgres", ["CPostgres", logging]),
        shared("EventLog", ["Bus", "Postgres", logging, crypto], resources: [.embedInCode("Migrations")]),
        shared("ServiceRuntime", [logging, lifecycle, configuration, metrics, nioCore, nioPosix, nioHTTP, nioLocks]),
        shared("Blobs", [logging, crypto, nioCore, nioPosix, nioHTTP, httpClient]),
        shared("ProcessBus", ["Bus", "ZeroMQ", "ServiceRuntime", logging, lifecycle]),
        shared("ProcessBlobs", ["Blobs", "ProcessBus", "ServiceRuntime", httpClient, logging, lifecycle]),
        shared(
            "ServiceHost",
            ["Bus", "Contracts", "ZeroMQ", "ProcessBus", "Postgres", "EventLog", "ServiceRuntime", logging, lifecycle]),

        service("auth", ["CCrypt", "ProcessBus", jwt, nioCore, nioPosix, nioSSL]),
        service("agents", ["Blobs", "ProcessBlobs", httpClient, nioCore, nioPosix], exclude: ["Extractor"]),
        .executableTarget(
            name: "extractor", dependencies: ["CExtraction"], path: "Services/agents/Extractor",
            swiftSettings: settings),
        service("calls", ["Blobs", "ProcessBlobs"]),
        service("analytics"),

        .target(
            name: "GatewayHTTP",
            dependencies: [
                "Bus", "Contracts", hummingbird, hummingbirdCore, hummingbirdTLS, logging, metrics, lifecycle, crypto,
                jwt,
                nioCore, nioHTTP, nioLocks, nioSSL, nioWebSocket,
            ],
            path: "Services/gateway/HTTP", swiftSettings: settings),
        dialect("ReceptionistDialect", folder: "Receptionist"),
        dialect("VoiceERADialect", folder: "VoiceERA"),
        dialect("VoiceFlowDialect", folder: "VoiceFlow"),
        .executableTarget(
            name: "gateway",
            dependencies: [
                "GatewayHTTP", "ReceptionistDialect", "VoiceERADialect", "VoiceFlowDialect", "Bus", "Contracts",
                "ZeroMQ", "ProcessBus",
                "Blobs", "ProcessBlobs", "ServiceRuntime", hummingbird, hummingbirdTLS, logging, lifecycle, nioCore,
            ],
            path: "Services/gateway/App", swiftSettings: settings),

        .executableTarget(
            name: "bus-bench", dependencies: ["Bus", "ZeroMQ", logging], path: "bench/bus", swiftSettings: settings),

        .target(
            name: "TestSupport",
            dependencies: [
                "Bus", "Postgres", "ZeroMQ", httpClient, logging, nioCore, nioPosix, nioSSL, nioWebSocket,
            ],
            path: "Tests/Support",
            swiftSettings: settings),
        tests("BusTests", ["Bus", logging]),
        tests("ContractsTests", ["Bus", "Contracts"]),
        tests("ZeroMQTests", ["Bus", "ZeroMQ", logging]),
        tests("BlobsTests", ["Blobs", nioCore]),
        tests("PostgresTests", ["Postgres", logging]),
        tests("ServiceRuntimeTests", ["ServiceRuntime", logging, metrics, lifecycle, nioCore, nioPosix, nioLocks]),
        tests("callsTests", ["calls", "Bus", "Contracts", logging]),
        tests(
            "GatewayHTTPTests",
            [
                "GatewayHTTP", "Bus", "Contracts", hummingbird, hummingbirdTesting, logging, jwt, nioCore, nioPosix,
                nioSSL, nioWebSocket,
            ]),
        tests(
            "ReceptionistDialectTests",
            ["ReceptionistDialect", "GatewayHTTP", "Bus", "Contracts", hummingbird, logging, jwt, nioLocks]),
        tests("VoiceERADialectTests", ["VoiceERADialect", "GatewayHTTP", "Bus", "Contracts", hummingbird]),
        tests(
            "VoiceFlowDialectTests",
            ["VoiceFlowDialect", "GatewayHTTP", "Bus", "Contracts", hummingbird, logging, jwt, nioLocks]),
        tests("authTests", ["auth", "Bus", "Contracts", "ServiceRuntime", jwt, crypto, logging]),
        tests("agentsTests", ["agents", "Blobs", "Bus", "Contracts", "ServiceRuntime", logging, nioCore]),
        tests("analyticsTests", ["analytics", "Bus", "Contracts", "EventLog", "Postgres", logging]),
        tests(
            "IntegrationTests",
            [
                "auth", "agents", "calls", "analytics", "Bus", "Contracts", "ZeroMQ", "CZeroMQ", "Postgres", "EventLog",
                "ServiceHost", "ServiceRuntime", "Blobs", crypto, jwt, logging, lifecycle, nioCore, nioPosix, nioLocks,
                nioSSL,
                httpClient,
            ]),
        tests(
            "SystemTests",
            [
                "GatewayHTTP", "Contracts", "Bus", "Postgres", "ZeroMQ", crypto, logging, nioCore, nioLocks, nioSSL,
                httpClient,
            ]),
        tests("FaultTests", ["Bus", "Contracts", "Postgres", nioLocks]),
        .testTarget(name: "TidyTests", path: "Tests/TidyTests", swiftSettings: settings),
    ]
)

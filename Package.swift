// swift-tools-version: 6.2
import PackageDescription

/// Declared once, applied to every target: Swift 6 mode, warnings are errors.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

/// The engine room also asks the compiler to name every unsafe expression.
let strictSettings = settings + [.strictMemorySafety()]

/// What a build covers. `make test-release` needs no other package, `make proofs` needs no server,
/// whose packages take longer to build than all else.
enum Scope: String {
  case standalone
  case noServer = "no-server"
  case all
}
let scopeName = Context.environment["REDOUBT_SCOPE"] ?? "all"
guard let scope = Scope(rawValue: scopeName) else {
  fatalError("REDOUBT_SCOPE is \(scopeName); it can be standalone, no-server or all")
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// The enrollment server's: HTTPS on SwiftNIO, with what its parts say of themselves.
let webServer: [Target.Dependency] = [
  .product(name: "Hummingbird", package: "hummingbird"),
  .product(name: "HummingbirdCore", package: "hummingbird"),
  .product(name: "HummingbirdTLS", package: "hummingbird"),
  .product(name: "HTTPTypes", package: "swift-http-types"),
  .product(name: "Logging", package: "swift-log"),
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
  .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
  .product(name: "NIOSSL", package: "swift-nio-ssl"),
  .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
  .product(name: "UnixSignals", package: "swift-service-lifecycle"),
]

func testTarget(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [])
  -> Target
{
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
    resources: resources, swiftSettings: settings)
}

/// Cores, engines, proofs and credentials, with their tests: nothing here needs another package.
let standalone: [Target] = [
  // C library doors.
  .systemLibrary(
    name: "COpenSSL", path: "Sources/COpenSSL", pkgConfig: "openssl",
    providers: [.apt(["libssl-dev"])]),
  .systemLibrary(
    name: "CGMP", path: "Sources/CGMP", pkgConfig: "gmp", providers: [.apt(["libgmp-dev"])]),
  .target(name: "CPrefetch", path: "Sources/CPrefetch"),

  // Cores: import nothing but each other.
  .target(name: "RingIdentifiers", swiftSettings: strictSettings),
  .target(name: "Randomness", swiftSettings: strictSettings),
  .target(name: "Statistics", swiftSettings: strictSettings),
  .target(name: "ProtocolTime", swiftSettings: strictSettings),
  .target(
    name: "NetworkModels", dependencies: ["Randomness", "ProtocolTime", "CPrefetch"],
    swiftSettings: strictSettings),
  .target(
    name: "Pastry", dependencies: ["RingIdentifiers", "Randomness", "ProtocolTime", "CPrefetch"],
    swiftSettings: strictSettings),
  .target(
    name: "SecureRouting",
    dependencies: ["RingIdentifiers", "Randomness", "Statistics", "ProtocolTime", "Pastry"],
    swiftSettings: strictSettings),
  .target(
    name: "OverlayWire", dependencies: ["RingIdentifiers", "Pastry", "SecureRouting"],
    swiftSettings: strictSettings),
  .target(
    name: "Adversary",
    dependencies: ["RingIdentifiers", "Randomness", "ProtocolTime", "Pastry", "SecureRouting"],
    path: "attacks", exclude: ["README.md"], swiftSettings: strictSettings),
  .target(
    name: "RouteSampling",
    dependencies: ["RingIdentifiers", "Randomness", "Adversary", "SecureRouting", "CPrefetch"],
    swiftSettings: strictSettings),
  .target(
    name: "EventSimulation",
    dependencies: [
      "RingIdentifiers", "Randomness", "ProtocolTime", "Pastry", "SecureRouting", "Adversary",
      "NetworkModels", "CPrefetch",
    ],
    swiftSettings: strictSettings),

  // Exact arithmetic.
  .target(
    name: "Bounds", dependencies: ["CGMP"], path: "proofs/Bounds", swiftSettings: strictSettings),
  .target(
    name: "RouteBounds",
    dependencies: ["Bounds", "Randomness", "Statistics", "Adversary", "RouteSampling"],
    path: "proofs/RouteBounds", swiftSettings: strictSettings),
  .target(
    name: "ProtocolModel", dependencies: ["RingIdentifiers", "EventSimulation"],
    path: "proofs/ProtocolModel", swiftSettings: strictSettings),

  // Identities.
  .target(
    name: "NodeCredentials", dependencies: ["RingIdentifiers", "COpenSSL"],
    swiftSettings: settings),
  .target(
    name: "TransparencyLog", dependencies: ["NodeCredentials"], path: "ca/TransparencyLog",
    swiftSettings: settings),

  // Recorded trials of the failure test.
  .target(
    name: "RecordedTrials",
    dependencies: [
      "RingIdentifiers", "Randomness", "Statistics", "SecureRouting", "NodeCredentials",
    ],
    swiftSettings: settings),

  testTarget("RingIdentifiers", ["Randomness"]),
  testTarget("Randomness", []),
  testTarget("Statistics", ["Randomness"], resources: [.copy("Reference")]),
  testTarget(
    "SecureRouting", ["RingIdentifiers", "Statistics", "Randomness", "ProtocolTime", "Pastry"]),
  testTarget("OverlayWire", ["RingIdentifiers", "Randomness", "Pastry", "SecureRouting"]),
  testTarget("ProtocolTime", []),
  testTarget("NetworkModels", ["Randomness", "ProtocolTime"]),
  testTarget("Pastry", ["RingIdentifiers", "Randomness", "ProtocolTime"]),
  testTarget(
    "EventSimulation",
    [
      "RingIdentifiers", "Randomness", "Statistics", "ProtocolTime", "Pastry", "SecureRouting",
      "Adversary", "NetworkModels",
    ]),
  testTarget(
    "ProtocolModel",
    [
      "EventSimulation", "RingIdentifiers", "Randomness", "ProtocolTime", "Pastry",
      "NetworkModels",
    ]),
  testTarget(
    "Adversary", ["RingIdentifiers", "Randomness", "ProtocolTime", "Pastry", "SecureRouting"]),
  testTarget(
    "RouteSampling",
    ["RingIdentifiers", "Randomness", "Adversary", "SecureRouting", "Statistics"]),
  testTarget("Bounds", ["Randomness"], resources: [.copy("Reference")]),
  testTarget(
    "RouteBounds", ["Bounds", "Randomness", "Statistics", "Adversary", "RouteSampling"]),
  testTarget("NodeCredentials", ["RingIdentifiers"], resources: [.copy("Reference")]),
  testTarget("TransparencyLog", ["NodeCredentials"], resources: [.copy("Reference")]),
  .target(
    name: "CertificateCorpus",
    dependencies: [
      "NodeCredentials", "RingIdentifiers", "Pastry", "SecureRouting", "OverlayWire",
    ],
    path: "Tests/CertificateCorpus", swiftSettings: settings),
  .executableTarget(
    name: "redoubt-corpus", dependencies: ["CertificateCorpus", "NodeCredentials"],
    path: "Tests/CorpusTool", swiftSettings: settings),
  testTarget(
    "CertificateCorpus", ["NodeCredentials", "RingIdentifiers"],
    resources: [.copy("Seeds")]),
  testTarget("RecordedTrials", ["SecureRouting", "Statistics", "Randomness", "RingIdentifiers"]),
  .testTarget(
    name: "TheoremTests",
    dependencies: [
      "RingIdentifiers", "Randomness", "ProtocolTime", "Pastry", "SecureRouting",
      "RouteSampling", "Bounds",
    ],
    swiftSettings: settings),
  .testTarget(name: "TidyTests", swiftSettings: settings),
]

/// The commands of the command line that serve.
let serverCommands: (files: [String], dependencies: [Target.Dependency]) = (
  ["CertificateAuthorityServe.swift", "CertificateAuthorityWitness.swift"],
  ["EnrollmentServer", .product(name: "Logging", package: "swift-log")]
)

/// What stands on other packages.
let withPackages: [Target] = [
  // Identities.
  .target(
    name: "Admission", dependencies: ["NodeCredentials", yams], path: "ca/Admission",
    swiftSettings: settings),
  .target(
    name: "CertificateAuthority",
    dependencies: [
      "RingIdentifiers", "NodeCredentials", "Statistics", "TransparencyLog", "Admission", grdb,
      yams,
    ],
    path: "ca/CertificateAuthority", swiftSettings: settings),

  // Experiments and the command line.
  .target(
    name: "Campaigns",
    dependencies: [
      "RingIdentifiers", "Randomness", "Statistics", "Adversary", "NetworkModels",
      "RouteSampling", "SecureRouting", "ProtocolTime", "Pastry", "EventSimulation",
      "NodeCredentials", "CertificateAuthority", "Admission", "Bounds", grdb, yams,
    ],
    swiftSettings: settings),
  .executableTarget(
    name: "redoubt",
    dependencies: [
      "Campaigns", "CertificateAuthority", "Admission", "TransparencyLog", "NodeCredentials",
      "Adversary", "RingIdentifiers", "RecordedTrials", "SecureRouting", "Statistics",
      "ProtocolTime", "NetworkModels", "Pastry", "EventSimulation", "Randomness", "Bounds",
      "RouteBounds", "RouteSampling", "ProtocolModel", argumentParser,
    ] + (scope == .all ? serverCommands.dependencies : []),
    exclude: scope == .all ? [] : serverCommands.files,
    swiftSettings: settings + (scope == .all ? [.define("SERVER")] : [])),

  testTarget(
    "Admission", ["NodeCredentials", "Randomness"], resources: [.copy("Reference")]),
  testTarget(
    "CertificateAuthority",
    [
      "NodeCredentials", "RingIdentifiers", "Randomness", "Admission", "TransparencyLog", grdb,
    ]),
  testTarget(
    "Campaigns",
    [
      "RouteSampling", "EventSimulation", "Pastry", "SecureRouting", "NetworkModels",
      "ProtocolTime", "RingIdentifiers", "Randomness", "Adversary", "Statistics",
      "NodeCredentials", "CertificateAuthority", "Admission", grdb, yams,
    ],
    resources: [.copy("Golden")]),
  .testTarget(
    name: "ArithmeticVectorTests",
    dependencies: ["RingIdentifiers", "Admission", "SecureRouting", "Randomness"],
    swiftSettings: settings),
]

/// The enrollment server, and the tests of the whole command line.
let withServer: [Target] = [
  .target(
    name: "EnrollmentServer",
    dependencies: [
      "RingIdentifiers", "NodeCredentials", "TransparencyLog", "Admission",
      "CertificateAuthority",
    ] + webServer,
    path: "ca/EnrollmentServer", swiftSettings: settings),
  testTarget(
    "EnrollmentServer",
    [
      "Admission", "CertificateAuthority", "NodeCredentials", "RingIdentifiers",
      "TransparencyLog", grdb, .product(name: "HTTPTypes", package: "swift-http-types"),
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOPosix", package: "swift-nio"),
    ]),
  .testTarget(
    name: "CommandLineTests",
    dependencies: [
      "redoubt", "CertificateAuthority", "NodeCredentials", "RecordedTrials", "SecureRouting",
      "Statistics", grdb,
    ],
    swiftSettings: settings),
]

let products: [Product] = [
  .executable(name: "redoubt", targets: ["redoubt"]),
  .library(name: "RingIdentifiers", targets: ["RingIdentifiers"]),
  .library(name: "Randomness", targets: ["Randomness"]),
  .library(name: "Statistics", targets: ["Statistics"]),
  .library(name: "ProtocolTime", targets: ["ProtocolTime"]),
  .library(name: "NetworkModels", targets: ["NetworkModels"]),
  .library(name: "Pastry", targets: ["Pastry"]),
  .library(name: "SecureRouting", targets: ["SecureRouting"]),
  .library(name: "OverlayWire", targets: ["OverlayWire"]),
  .library(name: "EventSimulation", targets: ["EventSimulation"]),
  .library(name: "RouteSampling", targets: ["RouteSampling"]),
  .library(name: "Adversary", targets: ["Adversary"]),
  .library(name: "Bounds", targets: ["Bounds"]),
  .library(name: "RouteBounds", targets: ["RouteBounds"]),
  .library(name: "Admission", targets: ["Admission"]),
  .library(name: "NodeCredentials", targets: ["NodeCredentials"]),
  .library(name: "TransparencyLog", targets: ["TransparencyLog"]),
  .library(name: "CertificateCorpus", targets: ["CertificateCorpus"]),
  .library(name: "CertificateAuthority", targets: ["CertificateAuthority"]),
  .library(name: "Campaigns", targets: ["Campaigns"]),
]

let packages: [Package.Dependency] = [
  .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
]

let serverPackages: [Package.Dependency] = [
  .package(
    url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
  .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
  .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
  .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
  .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
]

let package =
  switch scope {
  case .standalone: Package(name: "redoubt", targets: standalone)
  case .noServer:
    Package(
      name: "redoubt", products: products, dependencies: packages,
      targets: standalone + withPackages)
  case .all:
    Package(
      name: "redoubt", products: products, dependencies: packages + serverPackages,
      targets: standalone + withPackages + withServer)
  }

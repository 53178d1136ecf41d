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

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func testTarget(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [])
  -> Target
{
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
    resources: resources, swiftSettings: settings)
}

let package = Package(
  name: "redoubt",
  products: [
    .executable(name: "redoubt", targets: ["redoubt"]),
    .library(name: "RingIdentifiers", targets: ["RingIdentifiers"]),
    .library(name: "Randomness", targets: ["Randomness"]),
    .library(name: "Statistics", targets: ["Statistics"]),
    .library(name: "RouteSampling", targets: ["RouteSampling"]),
    .library(name: "Adversary", targets: ["Adversary"]),
    .library(name: "CertificateAuthority", targets: ["CertificateAuthority"]),
    .library(name: "Campaigns", targets: ["Campaigns"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // C library doors.
    .systemLibrary(
      name: "COpenSSL", path: "Sources/COpenSSL", pkgConfig: "openssl",
      providers: [.apt(["libssl-dev"])]),
    .target(name: "CPrefetch", path: "Sources/CPrefetch"),

    // Cores: import nothing but each other.
    .target(name: "RingIdentifiers", swiftSettings: strictSettings),
    .target(name: "Randomness", swiftSettings: strictSettings),
    .target(name: "Statistics", swiftSettings: strictSettings),
    .target(
      name: "SecureRouting", dependencies: ["RingIdentifiers", "Statistics"],
      swiftSettings: strictSettings),
    .target(name: "NetworkModels", dependencies: ["Randomness"], swiftSettings: strictSettings),
    .target(
      name: "Adversary", dependencies: ["RingIdentifiers", "Randomness"], path: "attacks",
      exclude: ["README.md"], swiftSettings: strictSettings),
    .target(
      name: "RouteSampling",
      dependencies: ["RingIdentifiers", "Randomness", "Adversary", "SecureRouting", "CPrefetch"],
      swiftSettings: strictSettings),

    // Identities.
    .target(
      name: "NodeCredentials", dependencies: ["RingIdentifiers", "COpenSSL"],
      swiftSettings: settings),
    .target(
      name: "CertificateAuthority",
      dependencies: ["RingIdentifiers", "NodeCredentials", grdb, yams],
      path: "ca/CertificateAuthority", swiftSettings: settings),

    // Experiments and the command line.
    .target(
      name: "RecordedTrials",
      dependencies: [
        "RingIdentifiers", "Randomness", "Statistics", "SecureRouting", "NodeCredentials",
      ],
      swiftSettings: settings),
    .target(
      name: "Campaigns",
      dependencies: [
        "RingIdentifiers", "Randomness", "Statistics", "Adversary", "NetworkModels",
        "RouteSampling", "SecureRouting", "NodeCredentials", "CertificateAuthority", grdb, yams,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "redoubt",
      dependencies: [
        "Campaigns", "CertificateAuthority", "NodeCredentials", "Adversary", "RingIdentifiers",
        "RecordedTrials", "SecureRouting", "Statistics", argumentParser,
      ],
      swiftSettings: settings),

    testTarget("RingIdentifiers", ["Randomness"]),
    testTarget("Randomness", []),
    testTarget("Statistics", ["Randomness"], resources: [.copy("Reference")]),
    testTarget("SecureRouting", ["RingIdentifiers", "Statistics", "Randomness"]),
    testTarget("NetworkModels", ["Randomness"]),
    testTarget("Adversary", ["RingIdentifiers", "Randomness"]),
    testTarget(
      "RouteSampling",
      ["RingIdentifiers", "Randomness", "Adversary", "SecureRouting", "Statistics"]),
    testTarget("NodeCredentials", ["RingIdentifiers"]),
    testTarget("CertificateAuthority", ["NodeCredentials", "RingIdentifiers", grdb]),
    testTarget(
      "Campaigns",
      [
        "RouteSampling", "Randomness", "Adversary", "Statistics", "NodeCredentials",
        "CertificateAuthority", grdb, yams,
      ],
      resources: [.copy("Golden")]),
    testTarget("RecordedTrials", ["SecureRouting", "Statistics", "Randomness", "RingIdentifiers"]),
    .testTarget(name: "TidyTests", swiftSettings: settings),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "redoubt", "CertificateAuthority", "NodeCredentials", "RecordedTrials", "SecureRouting",
        "Statistics", grdb,
      ],
      swiftSettings: settings),
  ]
)

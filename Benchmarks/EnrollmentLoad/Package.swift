// swift-tools-version: 6.2
import PackageDescription

/// The same settings as the project's own targets.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

/// A package of its own inside `Benchmarks`: a TLS client is minutes of building that `make bench`
/// has no use for.
let package = Package(
  name: "EnrollmentLoad",
  products: [.executable(name: "enroll-load", targets: ["enroll-load"])],
  dependencies: [
    .package(name: "redoubt", path: "../.."),
    // HTTP over TLS for thousands of connections in one thread.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // Values without sockets: percentiles, schedules, parsers, the journal and its cross-check.
    .target(
      name: "LoadModel",
      dependencies: [.product(name: "Randomness", package: "redoubt")],
      swiftSettings: settings),
    .executableTarget(
      name: "enroll-load",
      dependencies: [
        "LoadModel",
        .product(name: "NodeCredentials", package: "redoubt"),
        .product(name: "TransparencyLog", package: "redoubt"),
        .product(name: "Randomness", package: "redoubt"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "LoadModelTests",
      dependencies: ["LoadModel", .product(name: "Randomness", package: "redoubt")],
      swiftSettings: settings),
  ]
)

// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "redoubt", path: "..")],
  targets: [
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        .product(name: "RouteSampling", package: "redoubt"),
        .product(name: "Adversary", package: "redoubt"),
        .product(name: "Bounds", package: "redoubt"),
        .product(name: "EventSimulation", package: "redoubt"),
        .product(name: "NetworkModels", package: "redoubt"),
        .product(name: "OverlayWire", package: "redoubt"),
        .product(name: "Pastry", package: "redoubt"),
        .product(name: "ProtocolTime", package: "redoubt"),
        .product(name: "Randomness", package: "redoubt"),
        .product(name: "RingIdentifiers", package: "redoubt"),
        .product(name: "SecureRouting", package: "redoubt"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)

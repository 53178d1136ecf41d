// swift-tools-version: 6.2
import PackageDescription

// A package of its own, because all of it is compiled with `-sanitize=fuzzer`: see .ci/fuzz.
let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "redoubt", path: "../..")],
  targets: [
    .target(name: "CFuzzer"),
    .executableTarget(
      name: "redoubt-fuzz",
      dependencies: ["CFuzzer", .product(name: "CertificateCorpus", package: "redoubt")],
      swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)

import CertificateCorpus
import Foundation
import Testing

/// The fuzzer's seeds and its finds, fed to every parser again: none may trap.
@Suite struct ParserReplayTests {
  private func inputs(_ folder: String) throws -> [(name: String, octets: [UInt8])] {
    let seeds = try #require(Bundle.module.url(forResource: "Seeds", withExtension: nil))
    let place = seeds.appending(path: folder)
    return try FileManager.default.contentsOfDirectory(atPath: place.path).sorted().map {
      ($0, [UInt8](try Data(contentsOf: place.appending(path: $0))))
    }
  }

  /// Every input goes to every parser, also to those that it was not made for.
  @Test func noInputTraps() throws {
    let bench = try ParserBench()
    for folder in Set(ParserExercise.allCases.map(\.seedFolder)).sorted() {
      let inputs = try inputs(folder)
      #expect(inputs.count >= 5, "\(folder)")
      for (_, octets) in inputs {
        for exercise in ParserExercise.allCases {
          bench.run(exercise, octets)
          bench.run(exercise, [UInt8](octets.dropLast(octets.count / 3)))
        }
      }
    }
  }

  /// The seeds are of the authority that the bench makes anew, so that they reach the last check.
  @Test(arguments: ParserExercise.allCases)
  func goodInputsAreAccepted(_ exercise: ParserExercise) throws {
    let bench = try ParserBench()
    let good = [
      "good-p256-ipv4.der", "request-ed25519.der", "main.der", "status-nonce.der",
      "pastry-route.bin",
    ]
    let found = try inputs(exercise.seedFolder).first { good.contains($0.name) }
    let octets = try #require(found).octets
    #expect(bench.run(exercise, octets))
    var spoilt = octets
    spoilt[octets.count / 2] ^= 1
    let isSignedAnew = exercise.rawValue.hasPrefix("signed")
    #expect(isSignedAnew || !exercise.isSigned || !bench.run(exercise, spoilt))
  }

  /// The seeds are the messages of this version of the format: one of each kind, all accepted.
  @Test func messagesAreOfThisVersion() throws {
    let bench = try ParserBench()
    let written = try #require(try ParserSeeds.all().first { $0.folder == "message" }).seeds
    let inputs = try inputs("message")
    for seed in written {
      let input = try #require(inputs.first { $0.name == "\(seed.name).\(seed.ending)" })
      #expect(input.octets == seed.octets, "\(seed.name)")
      #expect(bench.run(.overlayMessage, input.octets), "\(seed.name)")
    }
  }

  /// What is signed anew is judged by its content: each fault keeps its verdict.
  @Test func aSignedFaultIsStillAFault() throws {
    let bench = try ParserBench()
    for (name, octets) in try inputs("certificate") where name.hasPrefix("uri-") {
      #expect(!bench.run(.signedCertificate, octets), "\(name)")
    }
  }
}

import CFuzzer
import CertificateCorpus
import Foundation

// usage: redoubt-fuzz PARSER [options and folders of libFuzzer]
//        redoubt-fuzz parsers       the parsers, each with the folder of its seeds
//        redoubt-fuzz plant-leak    a leak, and
//        redoubt-fuzz plant-read    a read past the end, which the sanitizers must report

/// What the fuzzer's callback reaches; set once before it runs.
enum Target {
  nonisolated(unsafe) static var feed: ([UInt8]) -> Void = { _ in }
  nonisolated(unsafe) static var kept: UnsafeMutableRawPointer?
  nonisolated(unsafe) static var sum: UInt8 = 0
}

let name = CommandLine.arguments.dropFirst().first ?? ""
switch name {
case "parsers":
  for exercise in ParserExercise.allCases { print(exercise.rawValue, exercise.seedFolder) }
  exit(0)
case "plant-leak":
  Target.feed = { _ in Target.kept = malloc(77) }
case "plant-read":
  Target.feed = { octets in
    guard let memory = malloc(8) else { return }
    Target.kept = memory
    Target.sum &+= memory.load(fromByteOffset: 8 + octets.count % 2, as: UInt8.self)
    free(memory)
  }
default:
  guard let exercise = ParserExercise(rawValue: name) else {
    print("redoubt-fuzz: \"\(name)\" is no parser; \"redoubt-fuzz parsers\" names them")
    exit(64)
  }
  let bench = try ParserBench()
  Target.feed = { bench.run(exercise, $0) }
}

// libFuzzer must not see the parser's name, which it would take for a folder.
var remaining = CommandLine.unsafeArgv
remaining[1] = remaining[0]
remaining += 1
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = remaining
exit(
  LLVMFuzzerRunDriver(&count, &arguments) { octets, size in
    Target.feed([UInt8](UnsafeBufferPointer(start: octets, count: size)))
    return 0
  })

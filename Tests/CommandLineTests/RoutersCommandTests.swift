import Foundation
import Testing

/// `redoubt routers`.
@Suite struct RoutersCommandTests {
  @Test func theListNamesEveryRouterWithASentence() throws {
    let program = try Program.run(Program.redoubt, ["routers", "list"])
    #expect(program.status == 0)
    #expect(program.errors.isEmpty)
    let names = program.output.split(separator: "\n").map { $0.prefix { $0 != " " } }
    for name in [
      "prefix", "checked-iterative", "anycast", "diverse-anycast", "disjoint", "wide",
      "cluster-iterative", "sec-route", "fortified",
    ] {
      #expect(names.contains(Substring(name)))
    }
    #expect(program.output.split(separator: "\n").allSatisfy { $0.hasSuffix(".") })
  }

  @Test func aRouterIsDescribedWithTheAttackItFaces() throws {
    let program = try Program.run(Program.redoubt, ["routers", "show", "sec-route"])
    #expect(program.status == 0)
    for needle in [
      "copies: ", "default leafSetSize", "Give either densityThreshold or designFraction with",
      "Attack    ", "suppress-ids", "[Castro02]", "- {name: sec-route, copies: 16}",
    ] {
      #expect(program.output.contains(needle), "\(needle)")
    }
    let json = try Program.run(
      Program.redoubt, ["routers", "show", "fortified", "--format", "json"])
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
    let router = try #require(object as? [String: Any])
    #expect(router["name"] as? String == "fortified")
    #expect((router["parameters"] as? [Any])?.count == 3)
    #expect((router["bestResponse"] as? String)?.isEmpty == false)
  }

  @Test func anUnknownRouterIsAUsageError() throws {
    let program = try Program.run(Program.redoubt, ["routers", "show", "carrier-pigeon"])
    #expect(program.status == 64)
    #expect(program.output.isEmpty)
    #expect(program.errors.contains("unknown router carrier-pigeon"))
  }
}

import Foundation
import LoadModel
import Testing

@Suite struct LogTreeTests {
  @Test func bundlesAreNamedAsTheTilesSpecificationSays() {
    func paths(_ size: Int) -> [String] { LogTree.bundlePaths(size: size).map(\.path) }
    #expect(paths(0) == [])
    #expect(paths(1) == ["tile/entries/000.p/1"])
    #expect(paths(256) == ["tile/entries/000"])
    #expect(paths(600) == ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"])
    #expect(paths(256 * 1_234 + 1).last == "tile/entries/x001/234.p/1")
    #expect(paths(256 * 1_234 + 1)[1_233] == "tile/entries/x001/233")
    #expect(LogTree.bundlePaths(size: 600).map(\.count) == [256, 256, 88])
  }

  @Test func entriesAreReadAndEveryTruncationIsSeen() {
    let bytes: [UInt8] = [0, 3, 7, 8, 9, 0, 0, 0, 1, 5]
    #expect(LogTree.entries(bundle: bytes) == [[7, 8, 9], [], [5]])
    let whole: Set<Int> = [0, 5, 7, 10]
    for count in 0...bytes.count {
      #expect((LogTree.entries(bundle: Array(bytes.prefix(count))) != nil) == whole.contains(count))
    }
    #expect(LogTree.entries(bundle: [255, 255, 1]) == nil)
  }

  @Test func checkpointsAreRead() throws {
    let root = Data(repeating: 9, count: 32)
    let text = "overlay/nodes\n42\n\(root.base64EncodedString())\n\n— overlay/nodes AAAA\n"
    let found = try LogTree.checkpoint(Array(text.utf8))
    #expect(found.size == 42)
    #expect(found.root == Array(root))
    let base = root.base64EncodedString()
    for bad in [
      "", "o\n1\n", "o\n1\n\(base)", "\n1\n\(base)\n", "o\n\n\(base)\n", "o\n-1\n\(base)\n",
      "o\n01\n\(base)\n", "o\n+1\n\(base)\n", "o\n10000001\n\(base)\n", "o\n1\nAAAA\n",
      "o\n1\n?\(base)\n",
    ] {
      #expect(throws: LogTreeError.self) { try LogTree.checkpoint(Array(bad.utf8)) }
    }
  }

  /// A stand-in for SHA-256 that shows what was hashed.
  private func shown(_ leaves: [String]) -> String {
    let root = LogTree.root(of: leaves.map { Array($0.utf8) }[...]) { bytes in
      let text = bytes.dropFirst().map { Character(UnicodeScalar($0)) }
      switch bytes.first {
      case 0: return Array(String(text).utf8)
      case 1: return Array("(\(String(text)))".utf8)
      default: return Array("empty".utf8)
      }
    }
    return String(decoding: root, as: UTF8.self)
  }

  @Test func theRootSplitsAtTheLargestPowerOfTwo() {
    #expect(shown([]) == "empty")
    #expect(shown(["a"]) == "a")
    #expect(shown(["a", "b", "c"]) == "((ab)c)")
    #expect(shown(["a", "b", "c", "d", "e", "f", "g"]) == "(((ab)(cd))((ef)g))")
  }

  @Test func aMissingFileIsNamed() {
    let folder = FileManager.default.temporaryDirectory.appending(path: "no-such-log")
    let error = #expect(throws: LogTreeError.self) { try LogTree(folder: folder) }
    #expect(error?.description == "checkpoint cannot be read")
  }
}

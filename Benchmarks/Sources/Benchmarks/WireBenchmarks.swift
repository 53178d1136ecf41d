import OverlayWire
import Pastry
import Randomness
import RingIdentifiers
import SecureRouting

/// What octets of overlay messages take, written and read.
enum WireBenchmarks {
  static func rows() throws -> [Row] {
    var random = RandomStream(StreamKey(seed: 5))
    let book = PeerBook(
      ContiguousArray((0..<10_000).map { _ in NodeId.random(from: &random) }))
    let directory = NodeDirectory(book)
    var pastry = PastryConfiguration()
    // Room for the long list, to see whether time grows faster than octets.
    pastry.neighborhoodSize = 10_000
    let format = WireFormat(pastry: pastry)
    func nodes(_ count: Int) -> NodeList {
      NodeList((0..<count).map { _ in NodeIndex(random.index(below: UInt32(book.count))) })
    }
    let key = Key.random(from: &random)
    let object = ObjectOctets(repeating: 7, count: 65_536)
    let messages: [(String, OverlayMessage)] = [
      ("acknowledgement", .pastry(.acknowledge(RequestId(7)))),
      (
        "routed message",
        .pastry(.route(RouteMessage(key: key, source: NodeIndex(7), tag: 7), RequestId(7)))
      ),
      (
        "leaf set of 32",
        .pastry(.leafSetProbe(LeafSetReport(members: nodes(32)), RequestId(7)))
      ),
      ("list of 1,000", .pastry(.row(nodes(1_000)))),
      ("list of 10,000", .pastry(.row(nodes(10_000)))),
      ("object of 64 KiB", .read(.object(object, nonce: 7))),
    ]
    return try messages.flatMap { name, message in
      let octets = try format.encode(message, book: book)
      let rounds = max(10, 2_000_000 / octets.count)
      var sum = 0
      func row(_ verb: String, _ operation: () -> Int) -> Row {
        let seconds = Measurement.medianSeconds {
          for _ in 0..<rounds { sum &+= operation() }
        }
        return Row(
          name: "\(name), \(octets.count) octets: \(verb)", value: seconds / Double(rounds) * 1e9,
          unit: "ns")
      }
      let rows = [
        row("write") { (try? format.encode(message, book: book))?.count ?? 0 },
        row("read") {
          (try? format.decode(octets, directory: directory)) == nil ? 0 : 1
        },
        row("refuse, all unknown") {
          (try? format.decode(octets, directory: NodeDirectory())) == nil ? 0 : 1
        },
      ]
      precondition(sum > 0)
      return rows
    }
  }
}

/// A deliberately dumb second implementation of the overlay: every question is a scan of all nodes.
struct OracleOverlay {
  let identifiers: [UInt64]
  let digitBits: Int
  let half: Int

  init(_ identifiers: [UInt64], digitBits: Int, leafSetSize: Int) {
    self.identifiers = identifiers.sorted()
    self.digitBits = digitBits
    half = leafSetSize / 2
  }

  var count: Int { identifiers.count }
  var rows: Int { 64 / digitBits }
  var base: Int { 1 << digitBits }

  func node(_ index: Int) -> Int { (index % count + count) % count }

  func ringDistance(_ a: UInt64, _ b: UInt64) -> UInt64 { min(a &- b, b &- a) }

  /// Closest to the key among `candidates`; counterclockwise of the key on a tie.
  func closest(to key: UInt64, among candidates: [Int]) -> Int? {
    candidates.min {
      let a = ringDistance(identifiers[$0], key)
      let b = ringDistance(identifiers[$1], key)
      return a != b ? a < b : key &- identifiers[$0] == a && identifiers[$0] != identifiers[$1]
    }
  }

  func root(of key: UInt64) -> Int { closest(to: key, among: Array(0..<count)) ?? 0 }

  func digits(_ value: UInt64) -> [Int] {
    (0..<rows).map {
      Int(truncatingIfNeeded: value >> UInt64(64 - digitBits * ($0 + 1))) & (base - 1)
    }
  }

  func sharedPrefixLength(_ a: UInt64, _ b: UInt64) -> Int {
    zip(digits(a), digits(b)).prefix { $0 == $1 }.count
  }

  func slot(row: Int, digit: Int, of owner: Int) -> Int? {
    let shift = UInt64(64 - digitBits * (row + 1))
    let field = UInt64(base - 1) << shift
    let point = identifiers[owner] & ~field | UInt64(digit) << shift
    let block = (0..<count).filter { sharedPrefixLength(identifiers[$0], point) > row }
    return closest(to: point, among: block)
  }

  func leafSet(_ owner: Int) -> [Int] {
    (1...half).flatMap { [node(owner - $0), node(owner + $0)] }
  }

  func spans(_ owner: Int, _ key: UInt64) -> Bool {
    let low = identifiers[node(owner - half)]
    let high = identifiers[node(owner + half)]
    return key != low && key &- low <= high &- low
  }

  func nextHop(from owner: Int, key: UInt64) -> Int? {
    if spans(owner, key) { return nil }
    let row = sharedPrefixLength(identifiers[owner], key)
    if row < rows, let next = slot(row: row, digit: digits(key)[row], of: owner) { return next }
    var known = leafSet(owner)
    for row in 0..<rows {
      for digit in 0..<base {
        if let node = slot(row: row, digit: digit, of: owner), node != owner { known.append(node) }
      }
    }
    let own = ringDistance(identifiers[owner], key)
    return closest(
      to: key,
      among: known.filter {
        sharedPrefixLength(identifiers[$0], key) >= row && ringDistance(identifiers[$0], key) < own
      })
  }

  /// Nodes from `source` to the last one before the root, both included.
  func walk(from source: Int, key: UInt64) -> [Int] {
    var nodes = [source]
    while let next = nextHop(from: nodes[nodes.count - 1], key: key) { nodes.append(next) }
    return nodes
  }

  func route(from source: Int, to key: UInt64) -> [Int] {
    let nodes = walk(from: source, key: key)
    let root = root(of: key)
    return nodes[nodes.count - 1] == root ? nodes : nodes + [root]
  }
}

import NodeCredentials
import Randomness

/// An address that an adversary can rent.
struct PooledAddress: Sendable {
  let ip: IPAddress
  let system: UInt32
  /// Which of the pool's /24s or /48s, and which of its autonomous systems, from 0.
  let site: Int
  let systemIndex: Int
}

/// The prefixes of a real network: where its nodes lie.
struct PrefixFile: Sendable {
  struct Row: Sendable {
    /// The first address of a /24 or /48.
    let base: IPAddress
    let nodes: Int
    let system: UInt32
  }

  let rows: [Row]

  /// Reads `prefix,nodes,system`, one header line, at most a million rows.
  /// - Throws: `CampaignError.Code.badData` with the line.
  init(path: String) throws(CampaignError) {
    let bytes = try AtomicFile.read(path)
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: true)
    guard lines.first == "prefix,nodes,system", (2...1_000_001).contains(lines.count) else {
      throw CampaignError(
        .badData, file: path, line: 1, "must begin with prefix,nodes,system and hold prefixes")
    }
    var rows: [Row] = []
    for (index, line) in lines.enumerated().dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == 3, let row = Row(fields) else {
        throw CampaignError(
          .badData, file: path, line: index + 1, "is not a /24 or /48, a count and a number")
      }
      rows.append(row)
    }
    self.rows = rows
  }
}

extension PrefixFile.Row {
  fileprivate init?(_ fields: [Substring]) {
    let parts = fields[0].split(separator: "/")
    guard parts.count == 2, let base = IPAddress(String(parts[0])), let nodes = Int(fields[1]),
      (1...1_000_000).contains(nodes), let system = UInt32(fields[2])
    else { return nil }
    switch base {
    case .v4(let value): guard parts[1] == "24", value & 255 == 0 else { return nil }
    case .v6(let high, let low):
      guard parts[1] == "48", low == 0, high & 0xFFFF == 0 else { return nil }
    }
    self.base = base
    self.nodes = nodes
    self.system = system
  }

  /// The host of that number, from 0; wraps after 254.
  func host(_ number: Int) -> IPAddress {
    base.advanced(by: UInt64(number % 254 + 1)) ?? base
  }
}

/// The addresses of one supply, in the order in which the adversary would look at them.
struct AddressPool: Sendable {
  /// More than anyone rents here.
  static let countMax = 65_536

  private(set) var addresses: [PooledAddress] = []
  private(set) var siteCount = 0
  private(set) var systemCount = 0
  private var systems: [UInt32: Int] = [:]

  init(_ supply: AddressSupply, files: [String: PrefixFile], stream: StreamKey) {
    switch supply.kind {
    case .drawn(let path): addDrawn(files[path]?.rows ?? [], stream: stream)
    case .hosted(let path, let systems): addHosted(files[path]?.rows ?? [], systems: systems)
    case .block(let block):
      // One /48 after another; where they run out, the next /64 of each.
      let sites = 1 << min(16, 48 - block.bits)
      for number in 0..<Self.countMax {
        let high = block.high | UInt64(number % sites) << 16 | UInt64(number / sites)
        add(.v6(high: high, low: 1), system: block.system, site: number % sites)
      }
    }
  }

  private mutating func add(_ ip: IPAddress, system: UInt32, site: Int) {
    let index = systems[system] ?? systemCount
    if index == systemCount {
      systems[system] = index
      systemCount += 1
    }
    siteCount = max(siteCount, site + 1)
    addresses.append(PooledAddress(ip: ip, system: system, site: site, systemIndex: index))
  }

  /// Distinct addresses, each in a prefix drawn by its number of nodes.
  private mutating func addDrawn(_ rows: [PrefixFile.Row], stream: StreamKey) {
    var owner: [Int] = []
    for (index, row) in rows.enumerated() {
      owner.append(contentsOf: repeatElement(index, count: row.nodes))
    }
    guard !owner.isEmpty else { return }
    var random = RandomStream(stream)
    var used = [Int](repeating: 0, count: rows.count)
    let wanted = min(Self.countMax, rows.count * 64)
    for _ in 0..<4 * wanted where addresses.count < wanted {
      let index = owner[Int(random.index(below: UInt32(clamping: owner.count)))]
      guard used[index] < 254 else { continue }
      add(rows[index].host(used[index]), system: rows[index].system, site: index)
      used[index] += 1
    }
  }

  /// One address of each prefix, then a second of each, and so on.
  private mutating func addHosted(_ rows: [PrefixFile.Row], systems count: Int) {
    var nodes: [UInt32: Int] = [:]
    for row in rows { nodes[row.system, default: 0] += row.nodes }
    let largest = nodes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(count)
    let chosen = Set(largest.map(\.key))
    let own = rows.filter { chosen.contains($0.system) }
    for host in 0..<254 {
      for (site, row) in own.enumerated() where addresses.count < Self.countMax {
        add(row.host(host), system: row.system, site: site)
      }
    }
  }
}

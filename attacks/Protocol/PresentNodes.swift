import Pastry
import Randomness

/// The honest nodes that are in the overlay: whom an attack can reach.
///
/// One value serves all coalitions; who is in an overlay is no secret.
struct PresentNodes: Sendable {
  /// In no order of meaning.
  private var nodes: NodeList = []
  /// The place of each node in `nodes`, by number; `UInt32.max` for those that are not there.
  private var places: ContiguousArray<UInt32> = []

  /// Nobody.
  init() {}

  /// Whether nobody is there.
  var isEmpty: Bool { nodes.isEmpty }

  /// A node has joined.
  /// - Complexity: O(1), amortised.
  mutating func insert(_ node: NodeIndex) {
    let number = Int(node.number)
    while places.count <= number { places.append(.max) }
    guard places[number] == .max else { return }
    places[number] = UInt32(nodes.count)
    nodes.append(node)
  }

  /// A node has left.
  /// - Complexity: O(1).
  mutating func remove(_ node: NodeIndex) {
    let number = Int(node.number)
    guard number < places.count, places[number] != .max, let last = nodes.popLast() else { return }
    let place = places[number]
    places[number] = .max
    guard last != node else { return }
    nodes[Int(place)] = last
    places[Int(last.number)] = place
  }

  /// A random node; nil when nobody is there.
  func random(from stream: inout RandomStream) -> NodeIndex? {
    guard !nodes.isEmpty else { return nil }
    return nodes[Int(stream.index(below: UInt32(clamping: nodes.count)))]
  }
}

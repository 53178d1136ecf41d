import Randomness
import RingIdentifiers
import SecureRouting

/// The objects of a run, and which nodes keep copies.
///
/// A key is a hash of its object's octets, made by `StreamKey`: it stands for a cryptographic one,
/// because no attack looks for collisions. A node keeps its copies while it is away.
struct PlacedObjects: Sendable {
  private struct Placed: Sendable {
    let octets: ObjectOctets
    let holders: [UInt32]
  }

  /// Looked up, never iterated.
  private var placed: [Key: Placed] = [:]

  /// Octets of an object that nobody has made before.
  static func object(from draws: inout RandomStream) -> ObjectOctets {
    var octets: ObjectOctets = []
    for _ in 0..<4 {
      let word = draws.next()
      for shift in 0..<UInt64(8) { octets.append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
    }
    return octets
  }

  /// The key that names these octets.
  static func key(of octets: ObjectOctets) -> Key {
    var name = StreamKey(seed: UInt64(octets.count))["object"]
    for octet in octets { name = name[UInt64(octet)] }
    var draws = RandomStream(name)
    return Key.random(from: &draws)
  }

  /// Gives nodes a copy of an object.
  mutating func place(_ octets: ObjectOctets, under key: Key, at holders: [UInt32]) {
    placed[key] = Placed(octets: octets, holders: holders)
  }

  /// The object that was placed under a key.
  func object(_ key: Key) -> ObjectOctets? { placed[key]?.octets }

  /// The nodes that were given it.
  func holders(of key: Key) -> [UInt32] { placed[key]?.holders ?? [] }

  /// What one node keeps.
  func kept(by node: UInt32) -> Kept { Kept(objects: self, node: node) }

  /// The storage layer of one node.
  struct Kept: SelfCertifyingObjects {
    let objects: PlacedObjects
    let node: UInt32

    func copy(of key: Key) -> ObjectOctets? {
      objects.holders(of: key).contains(node) ? objects.object(key) : nil
    }

    func isObject(_ octets: ObjectOctets, of key: Key) -> Bool {
      PlacedObjects.key(of: octets) == key
    }
  }
}

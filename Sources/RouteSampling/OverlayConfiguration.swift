/// Which routing tables the overlay's `prefix` router follows.
public enum RoutingTableKind: String, Sendable, CaseIterable {
  /// Each slot holds the node closest to the slot's constrained point. [Castro02], routing table
  /// maintenance
  case constrained
  /// Each slot holds the nearest node by proximity with the slot's prefix. [Rowstron01]
  case proximity
}

/// The shape of an overlay: everything about it except its nodes.
public struct OverlayConfiguration: Hashable, Sendable {
  /// Bits per digit, b, in 1...8.
  public let digitBits: Int
  /// Members of a leaf set, l, even, in 2...64; half on each side.
  public let leafSetSize: Int
  /// The tables that the `prefix` router follows; redundant copies always follow constrained ones.
  public let tables: RoutingTableKind

  /// Checks and fixes a shape.
  /// - Throws: `OverlayError` with code `digitBits` or `leafSetSize`.
  public init(
    digitBits: Int = 4, leafSetSize: Int = 32, tables: RoutingTableKind = .constrained
  ) throws(OverlayError) {
    guard (1...8).contains(digitBits) else {
      throw OverlayError(.digitBits, "digitBits must be in 1...8, got \(digitBits)")
    }
    guard leafSetSize % 2 == 0, (2...64).contains(leafSetSize) else {
      throw OverlayError(
        .leafSetSize, "leafSetSize must be even and in 2...64, got \(leafSetSize)")
    }
    self.digitBits = digitBits
    self.leafSetSize = leafSetSize
    self.tables = tables
  }
}

/// Why an overlay cannot be built. The text says what to change.
public struct OverlayError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of mistake it is.
  public enum Code: Sendable, Equatable {
    /// `digitBits` outside 1...8.
    case digitBits
    /// `leafSetSize` odd or outside 2...64.
    case leafSetSize
    /// Fewer nodes than a leaf set and its owner, or more than 2^31 - 2.
    case nodeCount
    /// Two ids agree in their leading 64 bits.
    case duplicateIdentifier
    /// A stored routing table would not fit.
    case tableSize
    /// Positions missing, superfluous, or not one per node.
    case positions
  }

  /// What kind of mistake it is.
  public let code: Code
  /// The whole message, with the remedy.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}

/// A named kind of point on the 160-bit ring: what `NodeId` and `Key` have in common.
///
/// The kinds do not mix by accident: comparing a `NodeId` with a `Key` by `<` or `==` does not
/// compile, and a conversion is written out, `Key(nodeId.value)`. The ring measures take either.
public protocol RingIdentifier: Comparable, Hashable, Sendable, CustomStringConvertible {
  /// The point on the ring.
  var value: UInt160 { get }

  /// The identifier at a point.
  init(_ value: UInt160)
}

/// The identifier of a node.
///
/// Assigned uniformly at random by the certificate authority.
/// Source: [Castro02], secure nodeId assignment.
@frozen
public struct NodeId: RingIdentifier {
  /// The point on the ring.
  public let value: UInt160

  /// The nodeId at a point; `NodeId(key.value)` is the explicit conversion from a key.
  @inlinable
  public init(_ value: UInt160) {
    self.value = value
  }
}

/// The identifier of an object or a message destination.
///
/// Its root is the live node with the numerically closest nodeId. Source: [Castro02].
@frozen
public struct Key: RingIdentifier {
  /// The point on the ring.
  public let value: UInt160

  /// The key at a point; `Key(nodeId.value)` is the explicit conversion from a nodeId.
  @inlinable
  public init(_ value: UInt160) {
    self.value = value
  }

  /// The key that a cryptographic digest names: its first 20 bytes, big-endian.
  ///
  /// A SHA-1 digest (20 bytes) is taken whole, a SHA-256 digest (32 bytes) is truncated. The hash
  /// itself is computed at the boundary, in `NodeCredentials`; this module imports nothing.
  /// - Throws: `wrongLength` when the digest has neither 20 nor 32 bytes.
  public init(digest: some Sequence<UInt8>) throws(RingIdentifierError) {
    let bytes = Array(digest.prefix(33))
    guard bytes.count == 20 || bytes.count == 32 else {
      throw RingIdentifierError(
        .wrongLength,
        """
        a digest for a key has 20 bytes (SHA-1) or 32 bytes (SHA-256), \
        got \(bytes.count > 32 ? "more than 32" : "\(bytes.count)")
        """)
    }
    try self.init(bytes: bytes.prefix(20))
  }
}

extension RingIdentifier {
  /// Whether `lhs` is the smaller number; the order of the ring cut open at zero.
  @inlinable
  public static func < (lhs: Self, rhs: Self) -> Bool {
    lhs.value < rhs.value
  }

  /// The next uniformly random identifier; takes exactly three words of the generator.
  @inlinable
  public static func random(from generator: inout some RandomNumberGenerator) -> Self {
    Self(UInt160.random(from: &generator))
  }

  /// The number of steps clockwise (upwards, wrapping) to `other`, in 2^-160 of the ring.
  @inlinable
  public func clockwiseDistance(to other: some RingIdentifier) -> UInt160 {
    value.clockwiseDistance(to: other.value)
  }

  /// The number of steps to `other` along the shorter way round, in 2^-160 of the ring.
  @inlinable
  public func ringDistance(to other: some RingIdentifier) -> UInt160 {
    value.ringDistance(to: other.value)
  }

  /// Whether this identifier is numerically closer to `target` than `other` is.
  ///
  /// **Tie rule**: at the same ring distance the identifier counterclockwise of the target wins;
  /// see `RingInteger.isCloser(than:to:)`.
  @inlinable
  public func isCloser(than other: Self, to target: some RingIdentifier) -> Bool {
    value.isCloser(than: other.value, to: target.value)
  }

  /// The number of leading digits of `digitBits` bits shared with `other`.
  /// - Precondition: `digitBitsRange` contains `digitBits`.
  @inlinable
  public func sharedPrefixLength(with other: some RingIdentifier, digitBits: Int) -> Int {
    value.sharedPrefixLength(with: other.value, digitBits: digitBits)
  }

  /// The digit at `row`, row 0 being the most significant.
  /// - Precondition: `0 <= row < UInt160.digitCount(digitBits:)`.
  @inlinable
  public func digit(at row: Int, digitBits: Int) -> Int {
    value.digit(at: row, digitBits: digitBits)
  }
}

extension NodeId {
  /// The point p(row, column) that constrains a slot of this node's constrained routing table.
  ///
  /// See `RingInteger.constrainedPoint(row:column:digitBits:)`. A point, not a node: hence a key.
  /// - Precondition: the slot exists.
  @inlinable
  public func constrainedPoint(row: Int, column: Int, digitBits: Int) -> Key {
    Key(value.constrainedPoint(row: row, column: column, digitBits: digitBits))
  }
}

extension Key {
  /// The root of this key: the numerically closest of `nodeIds`, nil when there is none.
  ///
  /// Ties as in `isCloser(than:to:)`.
  /// - Complexity: O(n); for sorted ids use `UInt160.numericallyClosestIndex(inSorted:)`.
  @inlinable
  public func root(among nodeIds: some Sequence<NodeId>) -> NodeId? {
    nodeIds.min { $0.isCloser(than: $1, to: self) }
  }
}

/// A unit that a network metric is stated in.
public protocol ProximityUnit: Sendable {
  /// The unit as it is printed after a number.
  static var symbol: String { get }
}

/// Steps on the plane of [Rowstron01], whose sides are 1000 long.
public enum PlaneUnit: ProximityUnit {
  /// "plane units".
  public static var symbol: String { "plane units" }
}

/// How far apart two nodes are in the network; smaller is closer.
///
/// The unit is part of the type, so that plane units are never compared with milliseconds.
/// Never called a distance: distances are on the ring of identifiers.
@frozen
public struct Proximity<Unit: ProximityUnit>: Comparable, Hashable, Sendable,
  CustomStringConvertible
{
  /// The number of units.
  public let value: Float

  /// That many units.
  /// - Precondition: `value` is finite and not negative.
  @inlinable
  public init(_ value: Float) {
    precondition(value >= 0 && value.isFinite, "a proximity must be finite and >= 0, got \(value)")
    self.value = value
  }

  /// Whether `lhs` is closer.
  @inlinable
  public static func < (lhs: Self, rhs: Self) -> Bool {
    lhs.value < rhs.value
  }

  /// The number and its unit.
  public var description: String {
    "\(value) \(Unit.symbol)"
  }
}

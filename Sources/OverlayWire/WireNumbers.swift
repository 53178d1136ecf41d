import Pastry

/// Numbers of the format that are no kinds of messages.
///
/// They have nothing to do with the raw values of the types that they stand for, so that those can
/// be changed.
enum WireNumbers {
  static func octet(of purpose: RouteMessage.Purpose) -> UInt8 {
    switch purpose {
    case .application: 0
    case .join: 1
    case .roots: 2
    case .copy: 3
    }
  }

  static func purpose(octet: UInt8) -> RouteMessage.Purpose? {
    switch octet {
    case 0: .application
    case 1: .join
    case 2: .roots
    case 3: .copy
    default: nil
    }
  }

  static func octet(of table: RoutingTableKind) -> UInt8 {
    switch table {
    case .proximity: 0
    case .constrained: 1
    }
  }

  static func table(octet: UInt8) -> RoutingTableKind? {
    switch octet {
    case 0: .proximity
    case 1: .constrained
    default: nil
    }
  }
}

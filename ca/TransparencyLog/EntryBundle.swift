/// The entries under one tile of leaf hashes, as the log publishes them.
///
/// Each entry is preceded by its length in two octets, big-endian. Source: [TlogTiles24].
public enum EntryBundle {
  /// The contents of a bundle's file.
  /// - Throws: `oversize` for an entry of more than 65,535 octets or more than 256 entries,
  ///   `malformed` for none: empty bundles are not served.
  public static func encode(_ entries: [[UInt8]]) throws(TransparencyRejection) -> [UInt8] {
    guard !entries.isEmpty else { throw .malformed("a bundle holds at least one entry") }
    guard entries.count <= TileCoordinate.fullWidth else {
      throw .oversize(part: "a bundle", limit: TileCoordinate.fullWidth)
    }
    var octets: [UInt8] = []
    octets.reserveCapacity(entries.reduce(0) { $0 + 2 + $1.count })
    for entry in entries {
      guard let count = UInt16(exactly: entry.count) else {
        throw .oversize(part: "an entry", limit: LogLimits.entryOctetsMax)
      }
      octets.append(UInt8(truncatingIfNeeded: count >> 8))
      octets.append(UInt8(truncatingIfNeeded: count))
      octets += entry
    }
    return octets
  }

  /// The entries of a bundle.
  /// - Parameter width: how many there must be, 1...256.
  /// - Throws: `malformed` when the octets hold more or fewer.
  public static func decode(
    _ octets: [UInt8], width: Int
  ) throws(TransparencyRejection) -> [[UInt8]] {
    precondition((1...TileCoordinate.fullWidth).contains(width), "no bundle holds \(width) entries")
    var entries: [[UInt8]] = []
    entries.reserveCapacity(width)
    var place = 0
    while entries.count < width {
      guard octets.count - place >= 2 else {
        throw .malformed("\(entries.count) entries in a bundle of \(width)")
      }
      let count = Int(octets[place]) << 8 | Int(octets[place + 1])
      place += 2
      guard octets.count - place >= count else {
        throw .malformed("entry \(entries.count) of a bundle is cut short")
      }
      entries.append([UInt8](octets[place..<(place + count)]))
      place += count
    }
    guard place == octets.count else {
      throw .malformed("\(octets.count - place) octets behind the last entry of a bundle")
    }
    return entries
  }
}

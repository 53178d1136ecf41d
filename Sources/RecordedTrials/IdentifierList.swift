import Foundation
public import RingIdentifiers

/// A point in the id space of an overlay that lists can be judged on.
public enum OverlayIdentifier: Hashable, Sendable {
  /// The 256-bit XOR space of the IPFS DHT.
  case kademlia(KademliaKey)
  /// The 160-bit ring of Redoubt.
  case ring(NodeId)

  /// Reads a key in 64 hexadecimal digits, a nodeId in 40, or a peer or content id in base 58.
  /// - Throws: `badIdentifier`.
  public init(_ text: some StringProtocol) throws(TrialDataError) {
    switch text.utf8.count {
    case 40:
      do {
        self = .ring(try NodeId(hex: String(text)))
      } catch {
        throw TrialDataError(.badIdentifier, "\(quoted(text)): \(error)")
      }
    case 64: self = .kademlia(try KademliaKey(hex: text))
    default: self = .kademlia(try KademliaKey(multihash: text))
    }
  }

  /// The fraction of the id space that is at least as close to `target` as this point, or nil when
  /// the two are in different spaces. On the ring both sides count.
  public func fractionWithin(_ target: OverlayIdentifier) -> Double? {
    switch (self, target) {
    case (.kademlia(let key), .kademlia(let other)): key.distance(to: other)
    case (.ring(let nodeId), .ring(let other)): Self.fraction(nodeId.ringDistance(to: other)) * 2
    case (.kademlia, .ring), (.ring, .kademlia): nil
    }
  }

  private static func fraction(_ distance: UInt160) -> Double {
    Double(distance.high) * 0x1p-64 + Double(distance.middle) * 0x1p-128
      + Double(distance.low) * 0x1p-160
  }
}

/// The ids that somebody was told are the closest to a target.
public struct IdentifierList: Hashable, Sendable {
  /// More lines than this are refused: a list of closest nodes is short.
  public static let identifiersMax = 10_000

  /// For each id the fraction of the id space within its distance of the target, ascending.
  public let fractions: [Double]

  /// Reads one id per line; empty lines and lines that begin with `#` do not count.
  /// - Parameter name: what messages call the file.
  /// - Throws: `badIdentifier` or `unusable`, with file and line: an id of another space than the
  ///   target, the target itself, an id twice, fewer than two ids, more than `identifiersMax`.
  public init(
    text: String, name: String, target: OverlayIdentifier
  ) throws(TrialDataError) {
    var firstLines: [OverlayIdentifier: Int] = [:]
    var fractions: [Double] = []
    var number = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      let word = line.trimmingCharacters(in: .whitespaces)
      if word.isEmpty || word.hasPrefix("#") { continue }
      let identifier: OverlayIdentifier
      do {
        identifier = try OverlayIdentifier(word)
      } catch {
        throw error.at(file: name, line: number)
      }
      func fail(_ message: String, _ remedy: String) -> TrialDataError {
        TrialDataError(.unusable, file: name, line: number, message, remedy: remedy)
      }
      guard let fraction = identifier.fractionWithin(target) else {
        throw fail(
          "\(quoted(word)) is in another id space than the target",
          "Write target and list in the same form: all of 40 digits, or none.")
      }
      guard fraction > 0 else {
        throw fail(
          "\(quoted(word)) is the target itself", "Leave the node that is asked about out.")
      }
      if let first = firstLines.updateValue(number, forKey: identifier) {
        throw fail("\(quoted(word)) is already on line \(first)", "List every id once.")
      }
      guard fractions.count < Self.identifiersMax else {
        throw fail(
          "there are more than \(Self.identifiersMax) ids", "Give only those closest to the target."
        )
      }
      fractions.append(fraction)
    }
    guard fractions.count >= 2 else {
      throw TrialDataError(
        .unusable, file: name, "lists \(fractions.count) ids, and a density needs two",
        remedy: "Write one id per line; IPFS lists the 20 closest.")
    }
    self.fractions = fractions.sorted()
  }

  /// Reads a file as `init(text:name:target:)` does.
  /// - Throws: also `unreadable`.
  public init(path: String, target: OverlayIdentifier) throws(TrialDataError) {
    try self.init(text: readText(path), name: path, target: target)
  }
}

/// The text of a whole file.
/// - Throws: `unreadable`.
func readText(_ path: String) throws(TrialDataError) -> String {
  let data: Data
  do {
    // A handle reads pipes too.
    data = try FileHandle(forReadingFrom: URL(filePath: path)).readToEnd() ?? Data()
  } catch {
    let reason = (error as NSError).localizedDescription
    throw TrialDataError(
      .unreadable, file: path, "cannot be read: \(reason)", remedy: "Check the path.")
  }
  guard let text = String(data: data, encoding: .utf8) else {
    throw TrialDataError(
      .unreadable, file: path, "is not UTF-8 text",
      remedy: "Unpack archives first; the records inside are plain text.")
  }
  return text
}

/// A file of ids in the XOR space of the IPFS DHT.
public enum KademliaKeyFile {
  /// The ids of a file, one per line in base 58 or 64 hexadecimal digits, in its order; empty lines
  /// and lines that begin with `#` do not count.
  /// - Throws: `unreadable`, or `badIdentifier` or `unusable` (an id twice, a nodeId of the ring)
  ///   with file and line.
  public static func read(_ path: String) throws(TrialDataError) -> [KademliaKey] {
    var keys: [KademliaKey] = []
    var seen: Set<KademliaKey> = []
    let text = try readText(path)
    for (index, line) in text.split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    ).enumerated() {
      let word = line.trimmingCharacters(in: .whitespaces)
      if word.isEmpty || word.hasPrefix("#") { continue }
      let identifier: OverlayIdentifier
      do {
        identifier = try OverlayIdentifier(word)
      } catch {
        throw error.at(file: path, line: index + 1)
      }
      guard case .kademlia(let key) = identifier, seen.insert(key).inserted else {
        throw TrialDataError(
          .unusable, file: path, line: index + 1, "\(quoted(word)) is there twice or on the ring")
      }
      keys.append(key)
    }
    return keys
  }
}

/// Checks that octets are one element in the distinguished encoding, down to the last octet.
///
/// OpenSSL reads more than DER, and keeps the signed part of a certificate as it came, so encoding
/// again what it read does not show every deviation. This looks at form alone: lengths, tags and
/// the values of the few types that have more than one encoding. Octet strings are not opened.
/// Source: X.690 sections 8 and 10.
package enum DERForm {
  /// Elements within elements. A certificate has 6 levels, a request with extensions 9.
  package static let depthLimit = 32

  /// What is not DER, and where; nil when all is.
  /// - Parameter isDefaultFalse: BOOLEANs here are optional and FALSE by default, as in
  ///   certificates and lists, so FALSE must be left out.
  /// - Complexity: O(bytes.count).
  package static func fault(in bytes: [UInt8], isDefaultFalse: Bool = false) -> String? {
    var scanner = Scanner(bytes: bytes, isDefaultFalse: isDefaultFalse)
    do {
      let end = try scanner.element(from: 0, within: bytes.count, depth: 0)
      let rest = bytes.count - end
      return rest == 0 ? nil : "\(rest) octet\(rest == 1 ? "" : "s") too many at the end"
    } catch {
      return "octet \(error.position): \(error.problem)"
    }
  }

  private struct Fault: Error {
    let position: Int
    let problem: String
  }

  private struct Scanner {
    let bytes: [UInt8]
    let isDefaultFalse: Bool

    /// Checks the element at `start`, which must end at `limit` at the latest; gives its end.
    mutating func element(
      from start: Int, within limit: Int, depth: Int
    ) throws(Fault) -> Int {
      guard depth < DERForm.depthLimit else {
        throw Fault(
          position: start, problem: "more than \(DERForm.depthLimit) elements in each other")
      }
      guard start < limit else { throw Fault(position: start, problem: "there is no element") }
      let tag = bytes[start]
      guard tag & 0x1F != 0x1F else {
        throw Fault(position: start, problem: "the tag has several octets")
      }
      guard tag != 0 else { throw Fault(position: start, problem: "the tag is zero") }
      let (first, count) = try length(at: start + 1, within: limit)
      guard count <= limit - first else {
        throw Fault(position: start, problem: "the element ends early")
      }
      let end = first + count
      try checkForm(tag, at: start)
      if tag & 0x20 != 0 {
        var next = first
        while next < end { next = try element(from: next, within: end, depth: depth + 1) }
      } else if tag < 0x20 {
        try checkValue(tag, bytes[first..<end], at: start)
      }
      return end
    }

    /// The place behind a length, and the length.
    private func length(at start: Int, within limit: Int) throws(Fault) -> (Int, Int) {
      guard start < limit else { throw Fault(position: start, problem: "there is no length") }
      let first = bytes[start]
      guard first >= 0x80 else { return (start + 1, Int(first)) }
      guard first != 0x80 else { throw Fault(position: start, problem: "the length is indefinite") }
      let width = Int(first & 0x7F)
      guard width <= 4, width < limit - start else {
        throw Fault(position: start, problem: "the length cannot be")
      }
      let octets = bytes[(start + 1)...(start + width)]
      let count = octets.reduce(0) { $0 << 8 | Int($1) }
      guard octets.first != 0, count >= 0x80 else {
        throw Fault(position: start, problem: "the length is not in its shortest form")
      }
      return (start + width + 1, count)
    }

    /// SEQUENCE and SET hold elements, the other universal types octets.
    private func checkForm(_ tag: UInt8, at start: Int) throws(Fault) {
      guard tag < 0x40 else { return }
      let isCollection = tag & 0x1F == 0x10 || tag & 0x1F == 0x11
      guard isCollection == (tag & 0x20 != 0) else {
        throw Fault(
          position: start,
          problem: isCollection ? "a collection without elements in it" : "a value in pieces")
      }
    }

    private func checkValue(
      _ tag: UInt8, _ value: ArraySlice<UInt8>, at start: Int
    ) throws(Fault) {
      func demand(_ condition: Bool, _ problem: String) throws(Fault) {
        guard condition else { throw Fault(position: start, problem: problem) }
      }
      let first = value.first ?? 0
      switch tag {
      case DER.booleanTag:
        try demand(value.count == 1, "a BOOLEAN has one octet")
        try demand(first == 0 || first == 0xFF, "a BOOLEAN is 00 or FF")
        try demand(!isDefaultFalse || first != 0, "FALSE is the default and must be left out")
      case DER.integerTag, DER.enumeratedTag:
        try demand(!value.isEmpty, "an INTEGER without octets")
        if let second = value.dropFirst().first {
          let isPadded = first == 0 && second < 0x80 || first == 0xFF && second >= 0x80
          try demand(!isPadded, "an INTEGER is not in its shortest form")
        }
      case DER.bitStringTag:
        let unused = value.count > 1 ? 1 << min(Int(first), 8) : 1
        try demand(first < 8 && !value.isEmpty, "a BIT STRING with a bad count of unused bits")
        try demand(value.count > 1 || first == 0, "a BIT STRING with unused bits of nothing")
        try demand(
          (value.last ?? 0) & UInt8(truncatingIfNeeded: unused - 1) == 0 || value.count == 1,
          "a BIT STRING whose unused bits are not zero")
      case 0x05: try demand(value.isEmpty, "a NULL with octets")
      case DER.objectIdentifierTag:
        try demand(!value.isEmpty && value.last ?? 0x80 < 0x80, "an object identifier ends early")
        var isStart = true
        for octet in value {
          try demand(!isStart || octet != 0x80, "an object identifier is not in its shortest form")
          isStart = octet < 0x80
        }
      default: break
      }
    }
  }
}

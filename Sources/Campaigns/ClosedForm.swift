import Glibc

extension ReferenceValues.ClosedForm {
  /// Probability that one path of log_{2^b} N hops meets no faulty node: (1-f)^(log_{2^b} N).
  ///
  /// Source: [Castro02], message forwarding, independent faults, Pastry hop count.
  /// - Parameters:
  ///   - nodes: N >= 1.
  ///   - digitBits: b >= 1.
  ///   - faultyFraction: f in 0...1.
  static func forwarding(nodes: Int, digitBits: Int, faultyFraction: Double) -> Double {
    let hops = log2(Double(nodes)) / Double(digitBits)
    return pow(1 - faultyFraction, hops)
  }
}

/// The tails at a point and the density there, on the scale that is being solved.
struct TailEvaluation {
  let tails: Tails
  let density: Double
}

/// Solves tail(s) = target for a distribution whose density in `s` is log-concave.
///
/// The logarithm of such a tail is concave, so that Newton's step on log tail(s) - log target
/// lands on the far side of the root once and then approaches it monotonically, however deep the
/// tail. A bracket guards the steps: whatever leaves it is replaced by bisection, or, while one
/// end is still open, by doubling the distance.
/// - Parameters:
///   - target: the smaller tail, with probability above 0.
///   - start: any finite point, in units of `s`.
///   - evaluate: tails and density at `s`.
/// - Returns: `s`, to about 1e-15 of max(1, |s|) or as far as the tails are accurate.
/// - Complexity: about 5...10 evaluations, at most 200.
func invertTail(
  _ target: TailTarget, start: Double, evaluate: (Double) -> TailEvaluation
) -> Double {
  let goal = naturalLog(target.probability)
  var below = -Double.infinity
  var above = Double.infinity
  var point = start
  for _ in 0..<200 {
    let value = evaluate(point)
    let tail = target.side == .lower ? value.tails.lower : value.tails.upper
    let excess = naturalLog(tail) - goal
    let slope = (target.side == .lower ? value.density : -value.density) / tail
    var next = point - excess / slope
    // So close, rounding decides on which side of the root a point lies: no bracket any more.
    if abs(next - point) <= 1e-12 * max(1, abs(point)) { return next }
    // The lower tail grows with the point, the upper tail shrinks.
    if (excess < 0) == (target.side == .lower) { below = point } else { above = point }
    if !(next > below && next < above) {
      next = fallback(below: below, above: above, from: point)
      if next == point { return point }
    }
    point = next
  }
  return point
}

/// A point inside the bracket when Newton's step is of no use.
private func fallback(below: Double, above: Double, from point: Double) -> Double {
  if below == -.infinity { return above - max(1, abs(point)) }
  if above == .infinity { return below + max(1, abs(point)) }
  return below + (above - below) / 2
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// The only file of the module that touches the C mathematics library.
// These functions differ in the last bit between C libraries: nothing that has to repeat bit for
// bit across platforms may depend on them (style.md 3, determinism).

/// log x.
package func naturalLog(_ x: Double) -> Double { log(x) }

/// log(1 + x) without losing small x.
package func naturalLogOnePlus(_ x: Double) -> Double { log1p(x) }

/// e^x.
package func exponential(_ x: Double) -> Double { exp(x) }

/// e^x - 1 without losing small x.
package func exponentialMinusOne(_ x: Double) -> Double { expm1(x) }

/// The error function.
func errorFunction(_ x: Double) -> Double { erf(x) }

/// 1 - erf x without cancellation.
func complementaryErrorFunction(_ x: Double) -> Double { erfc(x) }

/// log(1 + x) - x without cancellation, for x > -1.
///
/// With r = x / (2 + x): log(1 + x) = 2 artanh r, and the leading 2r - x equals -x r exactly.
/// Source: the series behind Loader's deviance [Loader00].
/// - Complexity: at most 20 terms.
func logOnePlusMinus(_ x: Double) -> Double {
  if x < -0.5 || x > 1 { return naturalLogOnePlus(x) - x }
  let r = x / (2 + x)
  let square = r * r
  var power = 1.0
  var sum = 0.0
  var denominator = 3.0
  while true {
    let next = sum + power / denominator
    if next == sum { break }
    sum = next
    power *= square
    denominator += 2
  }
  return r * (2 * square * sum - x)
}

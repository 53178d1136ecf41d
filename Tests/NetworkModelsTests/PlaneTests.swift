import NetworkModels
import Randomness
import Testing

@Suite struct PlaneTests {
  static let stream = StreamKey(seed: 2001)["NetworkModelsTests"]["plane"]

  @Test func placesLieOnTheSquareAndFillItEvenly() {
    let count = 40_000
    let places = Plane.positions(count: count, stream: Self.stream)
    #expect(places.count == count)
    var cells = [Int](repeating: 0, count: 100)
    for place in places {
      guard place.min() >= 0, place.max() < Plane.side else {
        Issue.record("\(place) is outside")
        continue
      }
      cells[Int(place.x / 100) * 10 + Int(place.y / 100)] += 1
    }
    let expected = Double(count) / 100
    let chiSquare = cells.reduce(0.0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    // 0.01 % and 99.99 % points of chi-square with 99 degrees of freedom.
    #expect(chiSquare > 54.8 && chiSquare < 160.1)
  }

  @Test func aLargerOverlayExtendsASmallerOne() {
    let few = Plane.positions(count: 10, stream: Self.stream)
    let many = Plane.positions(count: 1000, stream: Self.stream)
    #expect(many.prefix(10).elementsEqual(few))
    #expect(Set(many).count == 1000)
    #expect(Plane.positions(count: 10, stream: Self.stream["other"]) != few)
    #expect(Plane.positions(count: 0, stream: Self.stream).isEmpty)
  }

  /// The bits of the stream fix the places on every machine: word w is at
  /// (w >> 40, (w >> 8) mod 2^24) of 2^24 steps.
  @Test func placesAreTheStreamsWords() {
    var words = RandomStream(Self.stream)
    for place in Plane.positions(count: 100, stream: Self.stream) {
      let word = words.next()
      let x = Double(word >> 40) / 16_777_216 * 1000
      let y = Double(word >> 8 & 0xff_ffff) / 16_777_216 * 1000
      #expect(abs(Double(place.x) - x) <= 1e-4 && abs(Double(place.y) - y) <= 1e-4)
    }
  }

  @Test func proximityIsEuclidean() {
    let corner = SIMD2<Float>(0, 0)
    #expect(Plane.proximity(corner, SIMD2(3, 4)).value == 5)
    #expect(Plane.proximity(SIMD2(1000, 0), SIMD2(0, 0)).value == 1000)
    #expect(Plane.proximity(SIMD2(7, 9), SIMD2(7, 9)).value == 0)
    #expect(Plane.proximity(corner, SIMD2(3, 4)) < Plane.proximity(corner, SIMD2(4, 4)))
    #expect(Plane.proximity(corner, SIMD2(3, 4)).description == "5.0 plane units")
  }

  @Test func proximityIsAMetric() {
    let places = Plane.positions(count: 60, stream: Self.stream["metric"])
    for a in places {
      for b in places {
        let direct = Plane.proximity(a, b)
        if direct != Plane.proximity(b, a) { Issue.record("symmetry: \(a), \(b)") }
        if (direct.value == 0) != (a == b) { Issue.record("identity: \(a), \(b)") }
        for c in places.prefix(12) {
          // Rounding of three square roots: a part in 2^22.
          let detour = Plane.proximity(a, c).value + Plane.proximity(c, b).value
          if direct.value > detour * (1 + 0x1p-22) { Issue.record("triangle: \(a), \(b), \(c)") }
        }
      }
    }
  }

  /// Two uniform points of a unit square are (2 + sqrt 2 + 5 asinh 1) / 15 = 0.521405 apart on
  /// average, with variance 1/3 - 0.521405^2 = 0.061470.
  @Test func theMeanProximityIsThatOfASquare() {
    let pairs = 50_000
    let places = Plane.positions(count: 2 * pairs, stream: Self.stream["mean"])
    var sum = 0.0
    for index in 0..<pairs {
      sum += Double(Plane.proximity(places[2 * index], places[2 * index + 1]).value)
    }
    // Four standard errors.
    let tolerance = 4 * 1000 * (0.061470 / Double(pairs)).squareRoot()
    #expect(abs(sum / Double(pairs) - 521.405) < tolerance)
  }

  @Test func impossibleArgumentsAreProgrammerErrors() async {
    await #expect(processExitsWith: .failure) {
      _ = Plane.positions(count: -1, stream: StreamKey(seed: 1))
    }
    await #expect(processExitsWith: .failure) {
      _ = Proximity<PlaneUnit>(.nan)
    }
    await #expect(processExitsWith: .failure) {
      _ = Proximity<PlaneUnit>(-1)
    }
  }
}

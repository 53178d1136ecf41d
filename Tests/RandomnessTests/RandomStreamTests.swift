import Randomness
import Testing

@Suite struct RandomStreamTests {
  @Test func splitMix64MatchesThePublishedSequence() {
    var generator = SplitMix64(state: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
    #expect(generator.next() == 9_817_491_932_198_370_423)
  }

  @Test func xoshiroMatchesThePublishedSequence() {
    var stream = RandomStream(state: (1, 2, 3, 4))
    let expected: [UInt64] = [
      11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360,
    ]
    #expect(expected.map { _ in stream.next() } == expected)
  }

  @Test func streamsWithDifferentNamesDiffer() {
    let root = StreamKey(seed: 42)
    let keys = [
      root, root[0], root[1], root["a"], root["b"], root["a"][0], root[0]["a"], root["ab"],
      root["a"]["b"], StreamKey(seed: 43),
    ]
    #expect(Set(keys).count == keys.count)
    let firsts = keys.map { key in
      var stream = RandomStream(key)
      return stream.next()
    }
    #expect(Set(firsts).count == firsts.count)
  }

  @Test func aKeyAlwaysOpensTheSameStream() {
    var stream = RandomStream(StreamKey(seed: 2002)["overlay"][3])
    let values = (0..<3).map { _ in stream.next() }
    #expect(
      values == [
        14_540_439_926_313_082_449, 16_035_655_636_434_442_715, 17_666_753_254_401_575_550,
      ])
  }

  @Test func indexesAreUniform() {
    var stream = RandomStream(StreamKey(seed: 5))
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[Int(stream.index(below: 7))] += 1 }
    let chiSquare = counts.reduce(0.0) { $0 + Double(($1 - 10_000) * ($1 - 10_000)) / 10_000 }
    // 99.99 % point of chi-square with 6 degrees of freedom.
    #expect(chiSquare < 27.86)
  }
}

@Suite struct BernoulliMaskTests {
  @Test(arguments: [0.0, 1.0, 0.5, 0.25, 0.3, 0.0125, 0.999])
  func bitsHaveTheStatedProbability(probability: Double) {
    let mask = BernoulliMask(probability: probability)
    var stream = RandomStream(StreamKey(seed: 9)["mask"])
    let words = 20_000
    var ones = 0
    for _ in 0..<words { ones += mask.next(from: &stream).nonzeroBitCount }
    let draws = Double(words * 64)
    let sigma = (draws * probability * (1 - probability)).squareRoot()
    #expect(abs(Double(ones) - draws * probability) <= 4 * sigma)
  }

  @Test func aLargerProbabilityGivesASuperset() {
    let probabilities = [0.01, 0.1, 0.25, 0.3, 0.5, 0.75, 0.99]
    var streams = probabilities.map { _ in RandomStream(StreamKey(seed: 11)) }
    for _ in 0..<1_000 {
      var smaller: UInt64 = 0
      for index in probabilities.indices {
        let mask = BernoulliMask(probability: probabilities[index]).next(from: &streams[index])
        #expect(mask & smaller == smaller)
        smaller = mask
      }
    }
  }
}

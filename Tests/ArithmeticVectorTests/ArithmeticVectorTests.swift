import Foundation
import Testing

/// The bridge between the code and proofs/smt: both must give the answers in vectors.smt2.
///
/// This test fails when the code changes an answer; the solvers fail when a model does not give it.
/// `UPDATE_GOLDEN=1 swift test --filter ArithmeticVectorTests` writes the file anew.
@Suite struct ArithmeticVectorTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "proofs/smt/vectors.smt2")

  private static let head = """
    ; Answers of the Swift code, which the models must give. Written by
    ; UPDATE_GOLDEN=1 swift test --filter ArithmeticVectorTests; do not edit.
    ;; LOGIC ALL
    ;; USE points
    ;; USE words
    ;; USE distance
    ;; USE digits
    ;; USE rate-limit
    ;; USE failure-test

    ;; SANITY the-models-agree-with-themselves
    (assert (= (add (_ bv1 160) (_ bv1 160)) (_ bv2 160)))
    (assert (= (interval 7 3) 428572))


    """

  private static let mutants = """
    ;; MUTANT lost-carry add s/(or first-carry second-carry)/first-carry/
    ;; MUTANT clockwise-wins closer s/(= (clockwise x key) own)/(= (clockwise key x) own)/
    ;; MUTANT interval-rounded-down verdict s/count) 1) count/count) count) count/
    ;; MUTANT longer-interval left s/ 0) gap)$/ 0) (+ gap 1))/
    ;; MUTANT next-is-the-last left s/stored now) 1) gap)$/stored now) 0) gap)/
    ;; MUTANT strict accepts s/(<= (claimed root-sum n)/(< (claimed root-sum n)/

    """

  @Test func theCodeGivesTheAnswersThatTheModelsWereCheckedWith() throws {
    var text = Self.head
    for (name, facts) in RingVectors().claims + policyClaims() {
      #expect(facts.count >= 16, "\(name) has only \(facts.count) vectors")
      text += ";; CLAIM \(name)\n(assert (not (and\n"
      text += facts.map { "  \($0)\n" }.joined() + ")))\n\n"
    }
    text += Self.mutants
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      try text.write(to: Self.file, atomically: true, encoding: .utf8)
    }
    #expect(text == (try String(contentsOf: Self.file, encoding: .utf8)))
  }
}

import ProtocolTime
import Testing

/// Spans and instants stop at their ends, whatever a stranger asks for.
@Suite struct ProtocolTimeTests {
  @Test func unitsAreMultiples() {
    #expect(TimeSpan.microseconds(3).nanoseconds == 3_000)
    #expect(TimeSpan.milliseconds(3) == .microseconds(3_000))
    #expect(TimeSpan.seconds(3) == .milliseconds(3_000))
    #expect(TimeSpan.minutes(2) == .seconds(120))
    #expect(TimeSpan.hours(2) == .minutes(120))
    #expect(TimeSpan.hours(.max) == .max)
  }

  @Test func spansStopAtTheirEnds() {
    #expect(TimeSpan.seconds(1) - .seconds(2) == .zero)
    #expect(TimeSpan.seconds(2) - .seconds(1) == .seconds(1))
    #expect(TimeSpan.max + .seconds(1) == .max)
    #expect(TimeSpan.seconds(5) * 3 == .seconds(15))
    #expect(TimeSpan.max * 2 == .max)
    #expect(TimeSpan.seconds(5) / 2 == .milliseconds(2_500))
  }

  @Test func secondsAreRoundedOrRefused() {
    #expect(TimeSpan(seconds: 1.5) == .milliseconds(1_500))
    #expect(TimeSpan(seconds: 0.4e-9) == .zero)
    #expect(TimeSpan(seconds: 0) == .zero)
    for bad in [-1, .nan, .infinity, 0x1p64] {
      #expect(TimeSpan(seconds: bad) == nil)
    }
  }

  @Test func instantsStopAtTheirEnds() {
    let moment = Instant.zero + .seconds(2)
    #expect(moment.since(.zero) == .seconds(2))
    #expect(Instant.zero.since(moment) == .zero)
    #expect(Instant.never + .seconds(1) == .never)
    #expect(moment < .never)
    #expect(moment.description == "2.0 s")
  }

  @Test func aSpanIsPrintedInTheLargestUnitThatItFills() {
    let texts: [(TimeSpan, String)] = [
      (.zero, "0 ns"), (TimeSpan(nanoseconds: 999), "999 ns"), (.microseconds(3), "3.0 us"),
      (.milliseconds(250), "250.0 ms"), (.seconds(90), "90.0 s"),
    ]
    for (span, text) in texts { #expect(span.description == text) }
  }
}

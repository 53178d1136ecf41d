import LoadModel
import Testing

@Suite struct ProcessSampleTests {
  @Test func memoryIsReadFromTheStatus() {
    let text = "Name:\tredoubt\nVmPeak:\t  500 kB\nVmRSS:\t   12345 kB\nThreads:\t4\n"
    #expect(ProcessSample.residentKilobytes(status: text) == 12_345)
    for bad in [
      "", "Name:\tx\n", "VmRSS:\t12 MB\n", "VmRSS:\tx kB\n", "VmRSS:\t-5 kB\n", "VmRSS:\t5\n",
      "VmRSS:\n",
    ] {
      #expect(ProcessSample.residentKilobytes(status: bad) == nil, "\(bad)")
    }
  }

  @Test func processorTimeIsReadBehindTheName() {
    let text = "42 (a ) b) S 1 2 3 4 5 6 7 8 9 10 100 23 0 0\n"
    #expect(ProcessSample.cpuTicks(stat: text) == 123)
    for bad in [
      "", "42 (a", "42 (a) S 1 2", "42 (a) S 1 2 3 4 5 6 7 8 9 10 x 23 0",
      "42 (a) S 1 2 3 4 5 6 7 8 9 10 \(Int.max) 1 0",
    ] {
      #expect(ProcessSample.cpuTicks(stat: bad) == nil, "\(bad)")
    }
  }

  @Test func theTrendLooksAtTheSecondHalf() throws {
    // 1 MB of caches at first, then 64 octets of every enrollment.
    let samples = (0...100).map { step in
      ProcessSample(
        seconds: Double(step), enrolled: step * 1_000,
        residentKilobytes: 10_000 + min(step, 20) * 50 + step * 64_000 / 1_024)
    }
    let trend = try #require(MemoryTrend(samples))
    #expect((trend.firstKilobytes, trend.lastKilobytes) == (10_000, 17_250))
    #expect(trend.maxKilobytes == 17_250)
    #expect(abs(try #require(trend.octetsPerEnrollment) - 64) < 1)
    #expect(MemoryTrend([]) == nil)
    #expect(MemoryTrend(Array(samples.prefix(1)))?.octetsPerEnrollment == nil)
    let still = (0..<9).map {
      ProcessSample(seconds: Double($0), enrolled: 5, residentKilobytes: 7)
    }
    #expect(MemoryTrend(still)?.octetsPerEnrollment == nil)
  }
}

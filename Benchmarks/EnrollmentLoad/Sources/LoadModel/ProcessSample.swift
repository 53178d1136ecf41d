/// What the kernel says of a process at one moment.
public struct ProcessSample: Hashable, Sendable {
  /// Seconds after the start of the run.
  public let seconds: Double
  /// Certificates released in the run up to then.
  public let enrolled: Int
  /// Memory of the process that is in RAM, in kilobytes of 1,024 octets.
  public let residentKilobytes: Int

  /// A sample from its parts.
  public init(seconds: Double, enrolled: Int, residentKilobytes: Int) {
    self.seconds = seconds
    self.enrolled = enrolled
    self.residentKilobytes = residentKilobytes
  }

  /// The value of `VmRSS` in the text of `/proc/<pid>/status`, in kilobytes.
  public static func residentKilobytes(status text: String) -> Int? {
    for line in text.split(separator: "\n") where line.hasPrefix("VmRSS:") {
      let fields = line.dropFirst("VmRSS:".count).split { $0 == " " || $0 == "\t" }
      guard fields.count == 2, fields[1] == "kB", let value = Int(fields[0]), value >= 0 else {
        return nil
      }
      return value
    }
    return nil
  }

  /// User and system time in the text of `/proc/<pid>/stat`, in clock ticks.
  ///
  /// The second field, the name of the program, may hold spaces and parentheses.
  public static func cpuTicks(stat text: String) -> Int? {
    guard let close = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: close)...].split(separator: " ")
    guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else {
      return nil
    }
    let (sum, overflow) = user.addingReportingOverflow(system)
    return overflow ? nil : sum
  }
}

/// How a server's memory went along with what it issued.
public struct MemoryTrend: Hashable, Sendable {
  /// At the first sample.
  public let firstKilobytes: Int
  /// The largest of all samples.
  public let maxKilobytes: Int
  /// At the last sample.
  public let lastKilobytes: Int
  /// The slope of the least-squares line of memory over enrollments, in octets per enrollment, over
  /// the samples of the second half of the run: a server that keeps something of every enrollment
  /// cannot hide it there. Nil when fewer than three samples fall into it.
  public let octetsPerEnrollment: Double?

  /// The trend of samples in order of time; nil when there are none.
  public init?(_ samples: [ProcessSample]) {
    guard let first = samples.first, let last = samples.last else { return nil }
    firstKilobytes = first.residentKilobytes
    lastKilobytes = last.residentKilobytes
    maxKilobytes = samples.map(\.residentKilobytes).max() ?? last.residentKilobytes
    let half = samples.filter { 2 * $0.enrolled >= last.enrolled }
    let count = Double(half.count)
    let meanX = half.reduce(0) { $0 + Double($1.enrolled) } / count
    let meanY = half.reduce(0) { $0 + Double($1.residentKilobytes) } / count
    var square = 0.0
    var product = 0.0
    for sample in half {
      let x = Double(sample.enrolled) - meanX
      square += x * x
      product += x * (Double(sample.residentKilobytes) - meanY)
    }
    octetsPerEnrollment = half.count >= 3 && square > 0 ? 1_024 * product / square : nil
  }
}

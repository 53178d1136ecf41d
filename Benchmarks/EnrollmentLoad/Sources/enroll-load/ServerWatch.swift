import Foundation
import LoadModel

/// Reads what the kernel says of a process; on Linux only.
enum ProcessTable {
  /// Memory in RAM, in kilobytes; nil when there is no such process.
  static func residentKilobytes(pid: Int32) -> Int? {
    text(pid, "status").flatMap(ProcessSample.residentKilobytes(status:))
  }

  /// Processor time in seconds.
  static func cpuSeconds(pid: Int32) -> Double? {
    text(pid, "stat").flatMap(ProcessSample.cpuTicks(stat:))
      .map { Double($0) / Double(sysconf(Int32(_SC_CLK_TCK))) }
  }

  private static func text(_ pid: Int32, _ file: String) -> String? {
    try? String(contentsOf: URL(filePath: "/proc/\(pid)/\(file)"), encoding: .utf8)
  }

  /// Processor time of this process in seconds, its finished children left out.
  static var ownCPUSeconds: Double {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// Raises the limit of open files as far as it goes.
  /// - Returns: the limit in force.
  static func raiseFileLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(limit.rlim_cur)
  }
}

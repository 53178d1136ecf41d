import Admission
import Foundation
import Glibc

/// The one place where the server learns what time it is.
enum ServerClock {
  static func admissionTime() -> AdmissionTime {
    AdmissionTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
  }
}

/// How many connections the descriptor limit leaves room for.
enum DescriptorLimit {
  /// Raises the soft limit to the hard one; 256 descriptors stay for files and the database.
  static let connections: Int = {
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0 else { return 768 }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(kind, &limit)
    _ = getrlimit(kind, &limit)
    return max(64, min(Int(clamping: limit.rlim_cur), 65_536) - 256)
  }()
}

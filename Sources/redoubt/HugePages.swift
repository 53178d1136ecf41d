import Glibc

/// Huge pages for the heap: a large run waits for memory most of its time, and a good part of that
/// for the tables of pages.
///
/// The C library of Debian can ask for them, but only when a program starts. So a command that
/// simulates starts itself anew, once, as the same process. Where the system has no huge pages, or
/// the C library is another one, nothing else becomes of it.
enum HugePages {
  static let variable = "GLIBC_TUNABLES"
  static let wish = "glibc.malloc.hugetlb=1"
  /// The commands that it is done for.
  static let commands: Set<String> = ["simulate", "campaign"]

  enum Step: Equatable {
    /// Start anew, with the wish in the environment.
    case startAnew
    /// It was started anew: take the wish out, so that no other program inherits it.
    case goOn
    /// Not for this command, or the user has settings of their own (an empty one turns it off).
    case leave
  }

  /// What to do at the start of a program with these arguments and this value of the variable.
  static func step(_ arguments: some Collection<String>, setting: String?) -> Step {
    if setting == wish { return .goOn }
    let isMeant = arguments.dropFirst().first.map(commands.contains) ?? false
    return isMeant && setting == nil ? .startAnew : .leave
  }

  /// Does it. To be called first, while there is one thread.
  static func ask() {
    let setting = getenv(variable).map { String(cString: $0) }
    switch step(CommandLine.arguments, setting: setting) {
    case .leave: break
    case .goOn: unsetenv(variable)
    case .startAnew:
      setenv(variable, wish, 1)
      execv("/proc/self/exe", CommandLine.unsafeArgv)
      // It could not be started; all works without.
      unsetenv(variable)
    }
  }
}

import Foundation

/// Huge pages for the heap: a large run waits for memory most of its time, and a good part of that
/// for the tables of pages.
///
/// The C library of Debian can ask for them, but only when a program starts. So `simulate` and
/// `campaign` start the program anew, once, as the same process. Where the system has no huge
/// pages, or the C library is another one, nothing else becomes of it.
enum HugePages {
  static let variable = "GLIBC_TUNABLES"
  static let wish = "glibc.malloc.hugetlb=1"
  /// Tells the program that it was started anew; the C library may take the wish away.
  static let mark = "REDOUBT_STARTED_ANEW"
  /// The commands that it is done for.
  static let commands: Set<String> = ["simulate", "campaign"]

  /// Starts anew where that is meant and was not done, unless the user has settings of their own
  /// (an empty one turns it off). To be called first, while there is one thread.
  static func ask() {
    if getenv(mark) != nil { return forget() }
    guard let command = CommandLine.arguments.dropFirst().first, commands.contains(command),
      getenv(variable) == nil, let program
    else { return }
    guard setenv(mark, "1", 1) == 0, setenv(variable, wish, 1) == 0 else { return forget() }
    execv(program, CommandLine.unsafeArgv)
    // It could not be started; all works without.
    forget()
  }

  /// Takes both out of the environment, so that no other program inherits them.
  private static func forget() {
    unsetenv(mark)
    unsetenv(variable)
  }

  /// The program's own file, whose name the process then has; nil when that is gone or is the
  /// dynamic loader, which would take the arguments for its own.
  private static var program: String? {
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    guard let link, access(link, X_OK) == 0 else { return nil }
    return URL(filePath: link).lastPathComponent.hasPrefix("ld") ? nil : link
  }
}

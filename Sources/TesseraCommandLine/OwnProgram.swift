import Foundation

/// The file that starts this program once more, in a process of its own.
package enum OwnProgram {
  static let path = path(started: Bundle.main.executablePath, asked: CommandLine.arguments[0])

  /// - Parameters:
  ///   - started: the file that the system started.
  ///   - asked: the first word of the command line.
  package static func path(started: String?, asked: String) -> String {
    // Programs of an archive (scripts/package.sh) are started by the archive's own loader, which is then what the
    // system knows. The script that starts it puts its own path first.
    guard let started, !URL(filePath: started).lastPathComponent.hasPrefix("ld-linux") else { return asked }
    return started
  }
}

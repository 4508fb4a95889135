import Foundation
import TesseraFiles

/// Asks on a terminal whether the license that was shown is accepted.
enum LicenseQuestion {
  /// Whether somebody says so; `false` where there is no terminal to ask on.
  static var isAccepted: Bool {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return false }
    StandardStream.errors.write("Do you accept this license? [yes/no] ")
    return readLine().map { ["y", "yes"].contains($0.trimmingCharacters(in: .whitespaces).lowercased()) } ?? false
  }
}

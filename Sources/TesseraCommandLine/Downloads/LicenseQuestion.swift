import Foundation
import Tessera
import TesseraDownloads
import TesseraFiles

/// Shows a license on a terminal, and asks whether it is accepted.
enum LicenseQuestion {
  /// Whether somebody says so; `false` where there is no terminal to ask on.
  static func isAccepted(_ license: License) -> Bool {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return false }
    Notice.note.write("license: \(license)")
    StandardStream.errors.write("Do you accept this license? [yes/no] ")
    return readLine().map { ["y", "yes"].contains($0.trimmingCharacters(in: .whitespaces).lowercased()) } ?? false
  }
}

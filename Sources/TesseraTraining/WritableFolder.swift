import Foundation
import TesseraFiles

/// Creates a run's folder with its parents, and checks that files can be written there: a run must not find out after
/// its first epoch.
///
/// - Throws: `TrainingError.unwritable`.
package func makeWritableFolder(_ path: String) throws(TrainingError) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw .unwritable(path: path, reason: systemReason(of: error))
  }
  guard access(path, W_OK | X_OK) == 0 else {
    throw .unwritable(path: path, reason: String(cString: strerror(errno)))
  }
}

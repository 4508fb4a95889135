import Foundation
import TesseraCheckpoints
import TesseraSegmentation

/// Finds the checkpoint that a run resumes from.
///
/// ```swift
/// let newest = try RunCheckpoints.newest(in: "run/checkpoints")
/// let snapshot = try newest.map { try TrainingSnapshot(contentsOf: $0.path, into: model) }
/// try await trainer.fit(training, validatingOn: validation, epochs: 10, resuming: snapshot)
/// ```
public enum RunCheckpoints {
  /// The state of a run, in its folder of checkpoints.
  public static func last(in folder: String) -> String { folder + "/last.safetensors" }
  /// The state before that.
  public static func previous(in folder: String) -> String { folder + "/previous.safetensors" }

  /// Returns the newest intact checkpoint: the last one or, if that is damaged or missing, the one before.
  ///
  /// - Parameter folder: a run's folder of checkpoints; files that a killed process was writing there are removed.
  /// - Returns: the path and, where it is not the last one's, why; `nil` if the run was never saved.
  /// - Throws: `SafeTensorsError` or `TrainingError.notResumable` if no checkpoint can be used.
  public static func newest(in folder: String) throws -> (path: String, complaint: String?)? {
    SafeTensors.removeTemporaryFiles(in: folder)
    let paths = [last(in: folder), previous(in: folder)].filter(FileManager.default.fileExists)
    var complaint: (any Error)?
    for path in paths {
      do {
        _ = try TrainingSnapshot.configuration(of: path)
        return (path, complaint.map { "\($0)" })
      } catch {
        complaint = complaint ?? error
      }
    }
    if let complaint { throw complaint }
    return nil
  }
}

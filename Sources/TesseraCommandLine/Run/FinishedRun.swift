import Tessera
import TesseraReports

/// A run that is to be resumed although it has finished.
struct FinishedRun {
  private let folder: String
  private let reason: String

  /// `nil` if there is something left to do, if only to say that the run is finished.
  init?(_ snapshot: TrainingSnapshot, _ options: TrainingOptions, in folder: RunFolder) {
    guard (try? RunStatus(ofRun: folder.path))?.state == .finished else { return nil }
    let limits = TrainingLimits(patience: options.patience)
    if snapshot.position.epoch >= options.epochs {
      let epochs = snapshot.position.epoch
      reason = "\(epochs == 1 ? "its one epoch is" : "all \(epochs) epochs are") done; a larger --epochs continues it"
    } else if let best = limits.lostPatience(after: snapshot.reports) {
      reason = "no epoch was better than epoch \(best) for too long; a larger --patience continues it"
    } else {
      return nil
    }
    self.folder = folder.path
  }

  /// - Parameter program: the network's name.
  func line(of program: String) -> String { "\(program): the run in \(folder) is finished: \(reason)" }
}

import Foundation
import Tessera

/// A run whose numbers became infinite or NaN, and how it can continue.
struct BrokenRun: HintedError, CustomStringConvertible, LocalizedError {
  let error: TrainingError
  /// The network's name.
  let program: String
  let folder: String
  let rate: Double
  /// The rate below which the schedule must not begin.
  let finalRate: Double
  /// `nil` if the run was never saved.
  let savedStep: Int?
  /// Whether it broke again before it was saved again: its checkpoint, though finite, is beyond help.
  let brokeAgain: Bool
  let best: String

  var description: String { error.description }
  var errorDescription: String? { description }

  var hint: String? {
    let lower = max(self.rate / 10, finalRate)
    let rate = "--learning-rate \(String(format: "%g", lower < self.rate ? lower : self.rate / 10))"
    if brokeAgain || lower >= self.rate {
      let weights = FileManager.default.fileExists(atPath: best) ? " --initial-weights \(best)" : ""
      return "start a new run with \(rate)\(weights)"
    }
    let command = "\(program) --resume --output \(folder) \(rate)"
    return command
      + (savedStep.map { " continues after step \($0) with a lower one" } ?? " begins again with a lower one")
  }
}

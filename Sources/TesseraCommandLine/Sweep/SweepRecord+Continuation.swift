import Foundation
import Tessera
import TesseraFiles

// Whether the runs in a sweep's folder are those of its trials: otherwise they would be taken for them.
extension SweepRecord {
  /// Whether there is a trial that has a run.
  func hasBegun(in folder: String) -> Bool {
    trials.indices.contains { FileManager.default.fileExists(atPath: "\(folder)/\(SweepTrial.name($0 + 1))") }
  }

  /// Refuses a sweep whose trials of the same names are others.
  ///
  /// - Throws: `SweepError.otherSweep`.
  func check(isContinuedBy new: SweepRecord, in folder: String) throws(SweepError) {
    guard network == new.network else { throw .otherSweep(folder: folder, "a sweep of \(network)") }
    for (place, (old, new)) in zip(trials, new.trials).enumerated() where old.words != new.words {
      throw Self.otherTrial(place, old.words, insteadOf: new.words, in: folder)
    }
  }

  /// Refuses runs with the names of trials that other words have made: folders may have been exchanged, or the sweep's
  /// record lost.
  ///
  /// - Throws: `SweepError`.
  func checkRuns(in folder: String) throws(SweepError) {
    for (place, trial) in trials.enumerated() {
      let run = "\(folder)/\(SweepTrial.name(place + 1))"
      guard isFile(RunFolder.configurationPath(ofRunIn: run)) else { continue }
      let origin = try Origin(ofRunIn: run)
      guard origin.model.configuration.name == network else {
        throw .otherSweep(folder: folder, "a sweep of \(origin.model.configuration.name)")
      }
      let words = ArgumentList.withNegativeNumbers(ArgumentList(trial.words).recorded)
      let found = ArgumentList.withNegativeNumbers(origin.arguments)
      // Ranks record the batches of a step of all of them.
      let isOfRanks = found.dropLast().last == "--accumulate" && found.dropLast(2) == words[...]
      guard found == words || isOfRanks else { throw Self.otherTrial(place, found, insteadOf: words, in: folder) }
    }
  }

  private static func otherTrial(
    _ place: Int, _ old: [String], insteadOf new: [String], in folder: String
  ) -> SweepError {
    .otherSweep(
      folder: folder,
      "another sweep, in which \(SweepTrial.name(place + 1)) is '\(old.joined(separator: " "))' instead of "
        + "'\(new.joined(separator: " "))'")
  }
}

/// What made a run, as its record says.
private struct Origin: Decodable {
  let model: NetworkDescription
  let arguments: [String]

  /// - Throws: `SweepError.unreadable`.
  init(ofRunIn folder: String) throws(SweepError) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(RunFolder.configuration(ofRunIn: folder)))
    } catch {
      let reason = (error as? FileError)?.reason ?? (error as? DecodingError)?.reason ?? "\(error)"
      throw .unreadable(RunFolder.configurationPath(ofRunIn: folder), reason: reason)
    }
  }
}

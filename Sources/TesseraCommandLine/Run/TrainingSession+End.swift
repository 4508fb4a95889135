import ArgumentParser
import Foundation
import Tessera
import TesseraTraining

extension TrainingSession {
  /// The same training, fitted to the time until `end`: as many epochs as fit, all of the same length, which is at most
  /// what was chosen. A resumed run keeps its schedule, and ends then at the latest.
  ///
  /// - Throws: `EndTimeError`, or what training throws while it is measured.
  func ending(
    _ end: EndTime, _ model: any SegmentationModel, resuming resumption: RunResumption?
  ) async throws -> TrainingSession {
    let date = end.date(at: Date())
    if date <= Date() { throw EndTimeError.past(end.word, now: Date()) }
    if resumption != nil {
      Notice.note.write(
        "--until \(end.word): the run keeps its schedule of \(counted(options.epochs, "epoch")); if it is not complete at "
          + "\(date.clockText), it is saved and ends, and --resume continues it")
      return try with(endingAt: date) { _ in }
    }
    try await memoryNeed(of: model).check(for: self)
    let given = date.timeIntervalSinceNow
    let probe = try await interruptible(telling: "interrupted before the first step: nothing was written") {
      try await self.probe(model.configuration, within: min(Self.probeSeconds, 0.1 * given))
    }
    let left = date.timeIntervalSinceNow
    guard let fit = ScheduleFit(probe, seconds: left, mostSteps: stepsPerEpoch) else {
      throw EndTimeError.tooShort(
        end.word, left: left, shortest: probe.seconds(epochs: 1, steps: 1) / ScheduleFit.share,
        validation: Double(probe.validationBatches) * probe.validationBatch)
    }
    Notice.note.write(
      "--until \(end.word): \(counted(fit.epochs, "epoch")) of \(counted(fit.steps, "step")), done at about "
        + "\(Date(timeIntervalSinceNow: probe.seconds(epochs: fit.epochs, steps: fit.steps)).clockText)")
    let words = ["--epochs", "\(fit.epochs)", "--steps-per-epoch", "\(fit.steps)"]
    // A run that is slower than its beginning: a step is finished, and the state saved, before the time is over.
    let validation = Double(probe.validationBatches) * probe.validationBatch
    let reserve = validation + probe.end + min(probe.step, 0.01 * left) + 0.02 * left
    return try with(words: words, endingAt: date.addingTimeInterval(-reserve)) { options in
      (options.epochs, options.stepsPerEpoch) = (fit.epochs, fit.steps)
    }
  }
}

/// Epochs of equal length that fill a time.
struct ScheduleFit: Equatable {
  let epochs: Int
  let steps: Int

  /// Of the time: speeds change a little.
  static let share = 0.96

  /// - Parameter mostSteps: of an epoch.
  /// - Returns: `nil` if not even one step and its validation fit.
  init?(_ probe: TrainingProbe, seconds: Double, mostSteps: Int) {
    // Of the epochs' own time.
    let usable = Self.share * seconds - probe.start + probe.epoch - probe.end
    let whole = usable / max(probe.epochSeconds(steps: mostSteps), 1e-6)
    // One more and shorter ones rather than time that is left; fewer where their validations would take it.
    let fits = [whole.rounded(.up), whole.rounded(.down)].compactMap { count -> (Int, Int)? in
      let epochs = max(1, Int(min(count, 1e6)))
      let spare = usable / Double(epochs) - probe.epochSeconds(steps: 0)
      let steps = min(Double(mostSteps), (spare / max(probe.step, 1e-6)).rounded(.down))
      return steps < 1 ? nil : (epochs, Int(steps))
    }
    guard let fit = fits.max(by: { $0.0 * $0.1 < $1.0 * $1.1 }) else { return nil }
    (epochs, steps) = fit
  }
}

/// Why a run cannot end when it should.
enum EndTimeError: Error, CustomStringConvertible, LocalizedError, Equatable {
  case past(String, now: Date)
  /// Seconds that are left, those of the shortest run, and of a validation.
  case tooShort(String, left: Double, shortest: Double, validation: Double)

  var description: String {
    switch self {
    case .past(let word, let now): "--until \(word) has passed: it is \(now.momentText)"
    case .tooShort(let word, let left, let shortest, let validation):
      "--until \(word) leaves \(clockTime(left)), and one step with its validation (\(clockTime(validation))) and saving takes "
        + "\(clockTime(shortest)); choose a later time, fewer --validation-steps, or a smaller --image-size, --batch-size or "
        + "network"
    }
  }
  var errorDescription: String? { description }
}

extension Date {
  /// `07:00`, with the day if that is not today.
  var clockText: String {
    Calendar.current.isDateInToday(self) ? text("HH:mm") : dateText
  }

  /// `2027-01-31 07:00`.
  var dateText: String { text("yyyy-MM-dd HH:mm") }

  /// `2027-01-31T07:00:30+01:00`, as `--until` takes it.
  var momentText: String { formatted(ISO8601FormatStyle(timeZoneSeparator: .colon, timeZone: .current)) }

  private func text(_ format: String) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = format
    return formatter.string(from: self)
  }
}

extension ArgumentList {
  /// Refuses words about a run's end that contradict each other.
  ///
  /// - Parameter ranks: how many processes train together.
  func checkEnd(sharedBy ranks: Int) throws {
    guard names.contains("--until") else { return }
    if names.contains("--epochs") {
      throw ValidationError("--until says how many epochs there are: give either --until or --epochs")
    }
    if ranks > 1 {
      throw ValidationError("--until measures one process; with several give --epochs and --time-limit")
    }
  }
}

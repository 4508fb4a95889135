import Foundation

/// The state of a run, in words.
struct RunStanding {
  /// In one word.
  let badge: String
  /// A sign that needs no color.
  let mark: String
  /// The class of its style.
  let state: String
  let sentence: String
  /// What went wrong.
  var notice: String?
  /// How often its page checks for updates, in seconds.
  var renewal: Int?

  init(of run: RunRecord) {
    let done = run.epochs.count
    let planned = run.options.count("epochs")
    let progress = planned.map { "\(done) of \($0) epochs" } ?? "\(done) epochs"
    guard let status = run.status else {
      let isWhole = planned.map { done >= $0 } ?? true
      (badge, mark, state) = isWhole ? ("Finished", "✓", "finished") : ("Ended early", "‖", "interrupted")
      sentence = "\(progress), as far as its files show."
      return
    }
    let since = Figures.date(status.updated)
    state = status.state.rawValue
    switch status.state {
    case .running:
      (badge, mark) = ("Running", "●")
      sentence = Self.progress(of: run, planned)
      renewal = min(60, max(5, Figures.whole(run.secondsPerEpoch ?? 30)))
    case .finished:
      (badge, mark) = ("Finished", "✓")
      sentence = "\(progress), \(since). " + (status.detail.map { "\($0)." } ?? "")
    case .interrupted:
      (badge, mark) = ("Interrupted", "‖")
      sentence = "\(progress), \(since). " + (status.detail.map { "\($0). " } ?? "") + "It can be resumed."
    case .failed:
      (badge, mark) = ("Failed", "✕")
      sentence = "\(progress), \(since)."
      notice = status.detail
    case .killed:
      (badge, mark) = ("Killed", "✕")
      sentence = "\(progress), \(since). Its process ended without a message. It can be resumed."
    }
  }

  private static func progress(of run: RunRecord, _ planned: Int?) -> String {
    guard let planned else { return "Epoch \(run.epochs.count + 1)." }
    let left = planned - run.epochs.count
    let epoch = "Epoch \(min(run.epochs.count + 1, planned)) of \(planned)"
    guard left > 0, let seconds = run.secondsPerEpoch else { return "\(epoch)." }
    return "\(epoch), \(Figures.estimate(Double(left) * seconds)) left."
  }
}

extension RunRecord {
  /// The mean of the last epochs, validation included; `nil` before the first one's end.
  var secondsPerEpoch: Double? {
    let recent = epochs.suffix(5).compactMap(\.seconds)
    return recent.isEmpty ? nil : recent.reduce(0, +) / Double(recent.count)
  }
}

import Foundation
import Tessera
import TesseraFiles
import TesseraReports

/// What `sweep.json` in a sweep's folder holds: its trials and what has come of them. It is rewritten after each
/// stretch of training, and says nothing that does not follow from the trials' own folders.
struct SweepRecord: Codable {
  static let fileName = "sweep.json"
  private static let mostBytes = 64 << 20

  var format = 1
  let network: String
  let metric: RunMetric
  var trials: [Trial]

  struct Trial: Codable {
    /// The searched options' values, as people read them.
    let options: [String: String]
    /// All options, as words of 'train'.
    let words: [String]
    /// The epochs of a trial that is not stopped.
    let planned: Int
    /// Those that are done.
    var epochs = 0
    /// The best value of the metric in them; `nil` if there is none.
    var score: Double?
    var state = State.waiting
    /// Why it failed.
    var reason: String?

    init(_ trial: SweepTrial, planned: Int) {
      options = Dictionary(uniqueKeysWithValues: trial.choices.map { ($0.name, $0.value.text) })
      words = trial.words
      self.planned = planned
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      options = try values.decode([String: String].self, forKey: .options)
      words = try values.decode([String].self, forKey: .words)
      planned = try values.count(.planned)
      epochs = try values.count(.epochs)
      score = try values.realIfPresent(.score)
      state = try values.decode(State.self, forKey: .state)
      reason = try values.decodeIfPresent(String.self, forKey: .reason)
    }

    /// `learning-rate=0.001 optimizer=adam`
    var label: String { options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
  }

  enum State: String, Codable {
    /// It has not begun.
    case waiting
    /// It goes on, or may.
    case contending
    /// Others were better.
    case stopped
    /// All its epochs are done, or its patience is over.
    case finished
    /// Its numbers became infinite or NaN.
    case diverged
    /// It could not be trained.
    case failed
  }

  init(of sweep: Sweep) {
    network = sweep.file.network.name
    metric = sweep.file.metric
    trials = zip(sweep.trials, sweep.epochs).map { Trial($0, planned: $1) }
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    format = try values.whole(.format, in: 1...1)
    network = try values.decode(String.self, forKey: .network)
    guard let metric = RunMetric(rawValue: try values.decode(String.self, forKey: .metric)) else {
      throw DecodingError.dataCorruptedError(forKey: .metric, in: values, debugDescription: "\"metric\" is unknown")
    }
    self.metric = metric
    trials = try values.decode([Trial].self, forKey: .trials)
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(format, forKey: .format)
    try values.encode(network, forKey: .network)
    try values.encode(metric.rawValue, forKey: .metric)
    try values.encode(trials, forKey: .trials)
  }

  private enum CodingKeys: CodingKey { case format, network, metric, trials }

  /// The record in a folder; `nil` if it has none.
  ///
  /// - Throws: `SweepError.unreadableRecord`.
  init?(in folder: String) throws(SweepError) {
    let path = "\(folder)/\(Self.fileName)"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(RegularFile.bytes(of: path, atMost: Self.mostBytes)))
    } catch {
      let reason = (error as? FileError)?.reason ?? (error as? DecodingError)?.reason ?? "\(error)"
      throw .unreadableRecord(folder: folder, reason: reason)
    }
  }

  func write(to folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try writeOutputFile(String(decoding: encoder.encode(self), as: UTF8.self) + "\n", to: "\(folder)/\(Self.fileName)")
  }

  /// The places of trials, the best first: those that got further before those that were stopped, each by score.
  func ranked(_ places: some Sequence<Int>) -> [Int] {
    func key(_ place: Int) -> (Int, Double) {
      let trial = trials[place]
      let isSound = ![.diverged, .failed, .waiting].contains(trial.state)
      let score = trial.score.map { metric.isLoss ? -$0 : $0 } ?? -.infinity
      return (isSound ? (trial.state == .stopped ? trial.epochs : .max) : -1, score)
    }
    return places.sorted { left, right in
      let (one, two) = (key(left), key(right))
      return one == two ? left < right : one > two
    }
  }

  /// As many runs as a chart can show.
  private static let mostDrawn = 10

  /// The trials that are worth comparing, the best first: those that no other has stopped.
  var survivors: [Int] {
    let left = trials.indices.filter { [.finished, .contending].contains(trials[$0].state) && trials[$0].epochs > 0 }
    return Array(ranked(left).prefix(Self.mostDrawn))
  }
}

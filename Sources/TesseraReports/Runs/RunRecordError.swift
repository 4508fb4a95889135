import Foundation

/// Why a folder cannot be read as a training run, or runs cannot be drawn together.
public enum RunRecordError: Error, CustomStringConvertible, LocalizedError, Equatable {
  case noFolder(String)
  /// A file, such as a run's log.
  case notAFolder(String)
  /// It lacks these files.
  case notARun(String, missing: [String])
  case unreadable(String, reason: String)
  case unwritable(String, reason: String)
  case badConfiguration(String, reason: String)
  /// Lines count from 1.
  case badLine(String, line: Int, reason: String)
  /// These runs' steps or epochs have no such value.
  case lacksMetric(RunMetric, runs: [String], common: [RunMetric])
  /// No metric is in all of these runs; with the ones that each has.
  case noCommonMetric([(run: String, metrics: [RunMetric])])

  public var description: String {
    switch self {
    case .noFolder(let path):
      "there is no folder \(path); name the folder of a run, such as runs/unet-2026-01-31-120000"
    case .notAFolder(let path): "\(path) is a file, not the folder of a run; name the folder"
    case .notARun(let path, let missing):
      "\(path) is not the folder of a run: it has no \(missing.joined(separator: " and no ")); name one that a trainer "
        + "wrote"
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
    case .unwritable(let path, let reason): "\(path) cannot be written: \(reason); check the folder and the free space"
    case .badConfiguration(let path, let reason):
      "\(path) is not a run's configuration: \(reason); restore the file, or leave the run out"
    case .badLine(let path, let line, let reason):
      "\(path), line \(line): \(reason); restore or remove the line, or leave the run out"
    case .lacksMetric(let metric, let runs, let common):
      "there is no \(metric.rawValue) in \(runs.joined(separator: ", ")); choose --metric among what all runs have: "
        + Self.list(common)
    case .noCommonMetric(let runs):
      "the runs have no metric in common: "
        + runs.map { "\($0.run) has \(Self.list($0.metrics))" }.joined(separator: ", ")
        + "; leave out runs that did not reach their first step"
    }
  }
  public var errorDescription: String? { description }

  private static func list(_ metrics: [RunMetric]) -> String {
    metrics.isEmpty ? "none" : metrics.map(\.rawValue).joined(separator: ", ")
  }

  public static func == (left: Self, right: Self) -> Bool { left.description == right.description }
}

import Foundation
import Tessera

/// The folder that a run writes to: `config.json`, `metrics.jsonl`, `checkpoints/`, `predictions/`.
public struct RunFolder {
  public let path: String

  public var metricsPath: String { path + "/metrics.jsonl" }
  public var checkpointsPath: String { path + "/checkpoints" }
  public var predictionsPath: String { path + "/predictions" }

  /// Makes the folder.
  ///
  /// - Throws: `OutputFolderError` where it holds a run or is no folder.
  public init(_ path: String?, model: String) throws {
    let path = path ?? Self.defaultPath(model: model)
    // A run that failed before its first step left nothing that could be lost.
    let held = ["metrics.jsonl", "checkpoints/last.safetensors", "checkpoints/best.safetensors"].filter { name in
      let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + name)
      return (attributes?[.size] as? Int ?? 0) > 0
    }
    guard held.isEmpty else { throw OutputFolderError.holdsRun(path, held) }
    try makeOutputFolder(path)
    self.path = path
  }

  /// `runs/<model>-<date>` with a number behind it where that is taken.
  private static func defaultPath(model: String) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd-HHmmss"
    let name = "runs/\(model)-\(formatter.string(from: Date()))"
    let names = [name] + (2...99).map { "\(name)-\($0)" }
    return names.first { !FileManager.default.fileExists(atPath: $0) } ?? name
  }

  /// Writes `config.json`.
  ///
  /// - Throws: `TrainingError.unwritable`.
  public func write(_ configuration: RunConfiguration) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(configuration) + Data("\n".utf8)
    do {
      try data.write(to: URL(fileURLWithPath: path + "/config.json"), options: .atomic)
    } catch {
      throw TrainingError.unwritable(path: path + "/config.json", reason: systemReason(of: error))
    }
  }
}

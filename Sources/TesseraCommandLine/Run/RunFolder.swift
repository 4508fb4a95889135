import Foundation
import Tessera
import TesseraFiles

/// The folder that a run writes to: `config.json`, `data.jsonl`, `metrics.jsonl`, `validation.jsonl`, `report.html`
/// with its files, `checkpoints/`, `predictions/`.
///
/// While it is held, no other trainer can hold it.
public final class RunFolder: Sendable {
  public let path: String
  /// Another process that looks whether it is in use does not keep a trainer from starting.
  private let lock: FileLock

  public var configurationPath: String { Self.configurationPath(ofRunIn: path) }
  public var metricsPath: String { path + "/metrics.jsonl" }
  public var validationPath: String { path + "/validation.jsonl" }
  /// What was found in the data's files, and which they were.
  var dataPath: String { path + "/data.jsonl" }
  public var checkpointsPath: String { path + "/checkpoints" }
  public var predictionsPath: String { path + "/predictions" }

  /// Creates the folder of a new run.
  ///
  /// - Throws: `OutputFolderError` if it holds a run, is in use or is not a folder.
  public init(new path: String?, model: String) throws {
    let path = path ?? Self.defaultPath(model: model)
    try makeOutputFolder(path)
    lock = try Self.lock(path)
    self.path = path
    let held = Self.files(ofRunIn: path)
    guard held.isEmpty else { throw OutputFolderError.holdsRun(path, held) }
  }

  /// The files that a new run in a folder would overwrite. A run that failed before its first step left nothing that
  /// could be lost.
  static func files(ofRunIn path: String) -> [String] {
    ["metrics.jsonl", "checkpoints/last.safetensors", "checkpoints/best.safetensors"].filter { name in
      FileStamp(of: path + "/" + name)?.length ?? 0 > 0
    }
  }

  /// Opens the folder of a run to resume.
  ///
  /// - Throws: `OutputFolderError` if there is no run, or it is in use.
  public init(existing path: String) throws {
    self.path = path
    guard FileManager.default.fileExists(atPath: path + "/config.json") else {
      throw OutputFolderError.holdsNoRun(path)
    }
    try makeOutputFolder(path)
    lock = try Self.lock(path)
  }

  private static func lock(_ path: String) throws(OutputFolderError) -> FileLock {
    guard let lock = FileLock(folder: path) else { throw .inUse(path) }
    return lock
  }

  /// What `config.json` holds.
  ///
  /// - Throws: `FileError`.
  func readConfiguration() throws -> [UInt8] { try Self.configuration(ofRunIn: path) }

  static func configurationPath(ofRunIn path: String) -> String { path + "/config.json" }

  /// The same of a folder that is not held.
  ///
  /// - Throws: `FileError`.
  static func configuration(ofRunIn path: String) throws(FileError) -> [UInt8] {
    try RegularFile.bytes(of: configurationPath(ofRunIn: path), atMost: mostBytes)
  }

  /// Beyond any configuration: a label space has at most 65,536 names.
  private static let mostBytes = 1 << 28

  /// Whether a trainer writes to the folder at this moment.
  public static func isInUse(_ path: String) -> Bool { FileLock.isHeld(folder: path) }

  /// `runs/<model>-<date>` with a number after it if that is taken.
  private static func defaultPath(model: String) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd-HHmmss"
    let name = "runs/\(model)-\(formatter.string(from: Date()))"
    let names = [name] + (2...99).map { "\(name)-\($0)" }
    return names.first { !FileManager.default.fileExists(atPath: $0) } ?? name
  }

  /// Writes what is known about the data's files. It only helps resuming: a run does not end if it cannot be written.
  func write(_ record: DataRecord?) {
    guard let record else { return }
    do throws(FileError) { try record.write(to: dataPath) } catch { Notice.warning.write("\(error)") }
  }

  /// Writes `config.json`.
  ///
  /// - Throws: `TrainingError.unwritable`.
  public func write(_ configuration: [UInt8]) throws {
    try TrainingError.writing(try AtomicFile.write(configuration, to: configurationPath))
  }
}

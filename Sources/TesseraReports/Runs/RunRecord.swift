import Foundation
import TesseraFiles
import TesseraTensors

/// What a training run left in its folder: its options and how it went, as far as it came.
///
/// Reads `config.json` and `metrics.jsonl` of any version: names that are not known are passed over, those that are
/// absent are `nil`. `validation.jsonl`, `status.json` and `report-pictures.json` are read where they are there.
public struct RunRecord: Sendable {
  /// A training step.
  public struct Step: Sendable, Equatable, Decodable {
    /// Counted from 1 over the whole run.
    public let step: Int
    public let epoch: Int?
    public let loss: Double
    public let accuracy: Double?
    public let learningRate: Double?
    public let seconds: Double?
    public let dataSeconds: Double?
  }

  /// The end of an epoch.
  public struct Epoch: Sendable, Equatable, Decodable {
    /// Counted from 1.
    public let epoch: Int
    /// The training loss.
    public let loss: Double?
    /// The training accuracy.
    public let accuracy: Double?
    public let validationLoss: Double?
    public let validationAccuracy: Double?
    public let meanIoU: Double?
    /// Training and validation together.
    public let seconds: Double?
  }

  /// The folder.
  public let path: String
  public let options: RunOptions
  public private(set) var steps: [Step] = []
  public private(set) var epochs: [Epoch] = []
  /// One for each epoch; none where the run did not write them down.
  public private(set) var validations: [Validation] = []
  /// `nil` where the run does not say.
  public private(set) var status: RunStatus?
  /// `nil` where the run kept none.
  public private(set) var pictures: ReportPictures?

  private var metricsReader: LineReader
  private var validationReader: LineReader

  private struct Event: Decodable {
    let event: String
  }

  /// Reads a run's folder.
  ///
  /// - Throws: `RunRecordError`.
  public init(contentsOf folder: String) throws(RunRecordError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw .noFolder(folder)
    }
    let files = [RunFiles.configuration, RunFiles.metrics]
    let missing = files.filter { !FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    guard missing.isEmpty else { throw .notARun(folder, missing: missing) }
    path = folder
    options = try Self.options(at: "\(folder)/\(RunFiles.configuration)")
    metricsReader = LineReader(path: "\(folder)/\(RunFiles.metrics)")
    validationReader = LineReader(path: "\(folder)/\(RunFiles.validation)")
    try update()
  }

  /// Reads what was added to the folder's files since the last time.
  ///
  /// - Throws: `RunRecordError`.
  mutating func update() throws(RunRecordError) {
    let decoder = JSONDecoder()
    var (steps, epochs, validations) = (self.steps, self.epochs, self.validations)
    try metricsReader.readLines { line in
      switch try decoder.decode(Event.self, from: line).event {
      case "step": steps.append(try decoder.decode(Step.self, from: line))
      case "epoch": epochs.append(try decoder.decode(Epoch.self, from: line))
      default: break
      }
    }
    if FileManager.default.fileExists(atPath: "\(path)/\(RunFiles.validation)") {
      try validationReader.readLines { line in
        guard try decoder.decode(Event.self, from: line).event == "validation" else { return }
        validations.append(try decoder.decode(Validation.self, from: line))
      }
    }
    (self.steps, self.epochs, self.validations) = (steps, epochs, validations)
    // Files beside the record: without them, or with damaged ones, the rest is told all the same.
    status = try? RunStatus(contentsOf: "\(path)/\(RunFiles.status)")
    pictures = try? ReportPictures(contentsOf: "\(path)/\(RunFiles.pictures)")
  }

  /// The run, known to have no process any more: one that says that it trains was killed.
  public var withoutProcess: RunRecord {
    var run = self
    run.status = status?.withoutProcess
    return run
  }

  /// The folder's name without those above it.
  public var name: String { URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent }

  private static func options(at path: String) throws(RunRecordError) -> RunOptions {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .unreadable(path, reason: systemReason(of: error))
    }
    do {
      return try RunOptions(json: bytes)
    } catch {
      throw .badConfiguration(path, reason: "it holds no JSON object")
    }
  }
}

import Foundation
import TesseraTensors

/// What a training run left in its folder: its options and how it went, as far as it came.
///
/// Reads `config.json` and `metrics.jsonl` of any version: names that are not known are passed over, those that are
/// absent are `nil`.
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
  public let steps: [Step]
  public let epochs: [Epoch]

  /// Reads a run's folder.
  ///
  /// - Throws: `RunRecordError`.
  public init(contentsOf folder: String) throws(RunRecordError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw .noFolder(folder)
    }
    let files = ["config.json", "metrics.jsonl"]
    let missing = files.filter { !FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    guard missing.isEmpty else { throw .notARun(folder, missing: missing) }
    path = folder
    let configuration = "\(folder)/config.json"
    do {
      options = try RunOptions(json: try Self.bytes(of: configuration))
    } catch let error as RunRecordError {
      throw error
    } catch {
      throw .badConfiguration(configuration, reason: "it holds no JSON object")
    }
    let log = "\(folder)/metrics.jsonl"
    (steps, epochs) = try MetricsReader.read(try Self.bytes(of: log), of: log)
  }

  /// The folder's name without those above it.
  public var name: String { URL(fileURLWithPath: path).lastPathComponent }

  private static func bytes(of path: String) throws(RunRecordError) -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .unreadable(path, reason: systemReason(of: error))
    }
  }
}

import Foundation
import TesseraFiles
import TesseraImaging
import TesseraNetworks
import TesseraTraining

/// How a run of your own program was set up: what its `config.json` says, and so what pages and comparisons show.
///
/// ```swift
/// let description = RunDescription(
///   of: model, labelSpace: scenes.labelSpace, imageSize: 128,
///   settings: ["optimizer": "adam", "learningRate": 0.003, "batchSize": 4, "focus": 2])
/// try description.write(toRun: "runs/focal")
/// ```
/// With the lines of `MetricsLog` the folder is then a run: ``RunReport``, `tessera report` and `tessera compare` read
/// it.
public struct RunDescription: Encodable, Sendable {
  private let network: NetworkDescription
  private let parameterCount: Int
  private let labelSpace: LabelSpace
  private let imageSize: ImageSize
  private let started: Date
  private let settings: [String: any Encodable & Sendable]

  /// - Parameters:
  ///   - model: the network that is trained.
  ///   - labelSpace: what its outputs mean.
  ///   - imageSize: the size of the training pictures.
  ///   - settings: whatever else was chosen, by name. Names of `RunSetting.all` are shown under their titles and in
  ///     their groups, others as they are; a name that the description has itself is replaced.
  ///   - started: when the run began.
  public init(
    of model: any SegmentationModel, labelSpace: LabelSpace, imageSize: ImageSize,
    settings: [String: any Encodable & Sendable] = [:], started: Date = Date()
  ) {
    network = NetworkDescription(model.configuration)
    parameterCount = model.forPrediction.trainedParameterCount
    self.labelSpace = labelSpace
    self.imageSize = imageSize
    self.started = started
    self.settings = settings
  }

  public func encode(to encoder: any Encoder) throws {
    var record = encoder.container(keyedBy: NamedKey.self)
    try record.encode(network, forKey: NamedKey("model"))
    try record.encode(parameterCount, forKey: NamedKey("parameterCount"))
    try record.encode(labelSpace, forKey: NamedKey("labelSpace"))
    try record.encode(imageSize, forKey: NamedKey("imageSize"))
    try record.encode(started, forKey: NamedKey("started"))
    for (name, value) in settings { try record.encode(value, forKey: NamedKey(name)) }
  }

  /// The contents of `config.json`; also what `CheckpointKeeper` takes as the configuration.
  ///
  /// - Throws: what a setting of a type of your own throws when it is encoded.
  public func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinite", negativeInfinity: "-infinite", nan: "not a number")
    return [UInt8](try encoder.encode(self) + Data("\n".utf8))
  }

  /// Writes `config.json`, whole or not at all, when a new run begins; a resumed one keeps what is there.
  ///
  /// - Parameter folder: the run's folder; created if missing.
  /// - Throws: `TrainingError.unwritable`, or what ``json()`` throws.
  public func write(toRun folder: String) throws {
    let record = try json()
    try TrainingError.writing(try makeFolder(folder))
    try TrainingError.writing(try AtomicFile.write(record, to: "\(folder)/\(RunFiles.configuration)"))
  }
}

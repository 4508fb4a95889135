import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraImaging
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors

// In the file, alongside the weights:
//   training/state                 U8    JSON: format, position, reports, random key
//   training/configuration         U8    the run's options, as the program wrote them
//   training/observer/NAME         U8    what an observer keeps, such as the metrics so far
//   training/network/PATH          F32   weights that only training needs
//   training/optimizer/SLOT.PATH   F32   moments and counts
//   training/average/PATH          F32   averaged weights
extension TrainingSnapshot {
  /// The version of what is under `training/`.
  public static let format = 1

  private static let state = SafeTensors.trainingPrefix + "state"
  private static let configuration = SafeTensors.trainingPrefix + "configuration"
  private static let observer = SafeTensors.trainingPrefix + "observer/"
  private static let network = SafeTensors.trainingPrefix + "network/"
  private static let optimizer = SafeTensors.trainingPrefix + "optimizer/"
  private static let average = SafeTensors.trainingPrefix + "average/"

  private struct Format: Codable { let format: Int }

  private struct Card: Codable {
    let format: Int, position: TrainingPosition, reports: [EpochReport], randomKey: UInt64

    /// Why its numbers, each possible in itself, cannot be those of one run.
    var contradiction: String? {
      if let (index, report) = reports.enumerated().first(where: { $1.epoch != $0 + 1 }) {
        return "its report number \(index + 1) is of epoch \(report.epoch)"
      }
      if position.epoch != reports.count {
        return "it has \(reports.count) reports, and \(position.epoch) epochs are done"
      }
      let before = reports.last?.step ?? 0
      if position.step - before != position.stepInEpoch {
        return "it is at step \(position.step), which is not \(position.stepInEpoch) after \(before)"
      }
      return nil
    }
  }

  /// Writes a checkpoint that can be resumed from, and used like any other, whole or not at all.
  ///
  /// - Parameters:
  ///   - notes: texts in addition to the description of the network.
  ///   - configuration: the run's options.
  ///   - previous: where the file that is replaced stays.
  /// - Throws: `SafeTensorsError.unwritable`; what was there before is then unchanged.
  func save(
    to path: String, labelSpace: LabelSpace, imageSize: ImageSize, framing: Framing = .stretch,
    notes: [String: String], configuration: [UInt8], keepingPreviousAt previous: String
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let card = Card(format: Self.format, position: position, reports: reports, randomKey: randomKey)
    let texts =
      [(Self.state, [UInt8](try encoder.encode(card))), (Self.configuration, configuration)]
      + observers.map { (Self.observer + $0.key, $0.value) }
    let tensors =
      model.trainingParameters.map { (Self.network + $0.name, $0.parameter.value) }
      + optimizerState.map { (Self.optimizer + $0.name, $0.tensor) }
      + averageState.map { (Self.average + $0.name, $0.tensor) }
    try SegmentationCheckpoint(
      model: model, labelSpace: labelSpace, imageSize: imageSize, framing: framing, notes: notes
    )
    .save(to: path, attaching: tensors, texts: texts, keepingPreviousAt: previous)
  }

  /// Reads a checkpoint of a run and loads its weights into `model`.
  ///
  /// - Throws: `SafeTensorsError` if the file is damaged, `TrainingError.notResumable` if it is intact but not a
  ///   checkpoint of a run, `TensorMismatchError` if it is of another network; the weights are then unchanged.
  public init(contentsOf path: String, into model: any SegmentationModel) throws {
    let (file, card) = try Self.open(path)
    func names(_ prefix: String) -> [String] { file.names.filter { $0.hasPrefix(prefix) } }
    func tensors(_ prefix: String) throws -> [(name: String, tensor: Tensor)] {
      try names(prefix).map { (String($0.dropFirst(prefix.count)), try file.tensor($0)) }
    }
    // Before anything is allocated.
    try model.forPrediction.check(fit: file)
    let training = model.trainingParameters
    let mismatch = TensorMismatchError(
      from: path, to: "what only training needs",
      expected: training.map { (Self.network + $0.name, $0.parameter.shape) },
      arrived: names(Self.network).compactMap { name in file.entries[name].map { (name, $0.shape) } })
    if let mismatch { throw mismatch }
    position = card.position
    reports = card.reports
    randomKey = card.randomKey
    optimizerState = try tensors(Self.optimizer)
    averageState = try tensors(Self.average)
    if let fault = UpdateCount.fault(in: optimizerState + averageState) {
      throw TrainingError.notResumable(path: path, reason: "its state cannot be used: \(fault)")
    }
    observers = try Dictionary(
      uniqueKeysWithValues: file.names.filter { $0.hasPrefix(Self.observer) }.map {
        (String($0.dropFirst(Self.observer.count)), try file.text($0))
      })
    let trainingValues = try training.map { try file.tensor(Self.network + $0.name) }
    try model.forPrediction.load(from: file)
    for (entry, value) in zip(training, trainingValues) { entry.parameter.value = value }
    self.model = model
  }

  /// The options of the run that wrote a checkpoint; the whole file is checked.
  ///
  /// - Throws: like `init(contentsOf:into:)`.
  public static func configuration(of path: String) throws -> [UInt8] {
    try open(path).file.text(configuration)
  }

  private static func open(_ path: String) throws -> (file: SafeTensors, card: Card) {
    let file = try SafeTensors(contentsOf: path)
    guard file.isChecksummed, file.entries[state] != nil else {
      throw TrainingError.notResumable(path: path, reason: "it holds weights, but no state of a run")
    }
    let found = try? JSONDecoder().decode(Format.self, from: Data(try file.text(state))).format
    guard found == format else {
      throw TrainingError.notResumable(
        path: path,
        reason:
          "its state has the format \(found.map(String.init) ?? "of no known version"), this version reads \(format)")
    }
    func unusable(_ reason: String) -> TrainingError {
      .notResumable(path: path, reason: "its state cannot be used: \(reason)")
    }
    do {
      let card = try JSONDecoder().decode(Card.self, from: Data(try file.text(state)))
      if let reason = card.contradiction { throw unusable(reason) }
      return (file, card)
    } catch let error as DecodingError {
      throw unusable(error.reason)
    }
  }
}

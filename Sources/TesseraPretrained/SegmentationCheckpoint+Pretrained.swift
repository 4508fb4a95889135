import TesseraImaging
import TesseraNetworks
import TesseraTensors

extension SegmentationCheckpoint {
  /// A whole network that another program trained and saved: ready to predict with, to export, and to start from.
  ///
  /// ```swift
  /// let network = EncoderDecoder<SegFormerDecoder, MixTransformerB0>.Configuration.self
  /// let checkpoint = try SegmentationCheckpoint(
  ///   pretrained: "segformer-b0.bin", of: network, labelSpace: .ade20k.withoutVoidOutput, imageSize: 512)
  /// try checkpoint.save(to: "segformer-b0.safetensors")
  /// ```
  /// - Parameters:
  ///   - path: the file, in any format that `PretrainedWeights` reads.
  ///   - network: what it is of; it expects of pixels what the weights do.
  ///   - labelSpace: what the outputs mean.
  ///   - imageSize: the size of the pictures that it was trained on.
  ///   - notes: anything else worth keeping, such as the license.
  /// - Throws: `PretrainedWeightsError` if the file does not hold all of such a network, with one output for each of
  ///   `labelSpace.outputs`; or what reading throws.
  public init<Configuration: NetworkConfiguration>(
    pretrained path: String, of network: Configuration.Type, labelSpace: LabelSpace, imageSize: ImageSize,
    notes: [String: String] = [:]
  ) throws {
    try self.init(
      try openWeights(at: path), of: network, labelSpace: labelSpace, imageSize: imageSize, notes: notes)
  }

  init<Configuration: NetworkConfiguration>(
    _ file: any WeightsFile, of network: Configuration.Type, labelSpace: LabelSpace, imageSize: ImageSize,
    notes: [String: String] = [:]
  ) throws {
    let weights = try PretrainedWeights(file, tables: network.weightTables.filter(\.part.isEmpty))
    var configuration = network.init(classes: labelSpace.outputCount)
    configuration.normalization = weights.normalization
    let model = configuration.makeNetwork(random: RandomStream(seed: 0))
    if let new = try weights.load(into: model).newClassifier {
      throw PretrainedWeightsError.otherClasses(
        file: file.path, found: new.classesInFile, expected: configuration.classes)
    }
    self.init(model: model, labelSpace: labelSpace, imageSize: imageSize, notes: notes)
  }
}

import TesseraNetworks
import TesseraTensors

/// Weights from another program, for the part of a network that a table names.
///
/// ```swift
/// let weights = try PretrainedWeights(contentsOf: "vgg16.h5", for: FCNN.self)
/// weights.table.name             // Keras VGG-16
/// let model = FCNN(weights.adapting(.init(classes: 151)), random: random)
/// try weights.load(into: model)  // its checkpoints and its Predictor know the normalization too
/// ```
/// It reads Keras' files of weights and of whole models (`.h5`, `.weights.h5`, `.keras`), safetensors, and PyTorch's
/// own files (`.pth`), those from before 1.6 too, without PyTorch and without running what a pickle calls. The format
/// follows from the first bytes, the table from the arrays' names. A batch normalization is loaded where the network
/// has one, and folded into the convolution before it elsewhere.
public struct PretrainedWeights: Sendable {
  /// Where the file's arrays belong.
  public let table: WeightTable
  private let file: any WeightsFile

  /// The path that it was opened with.
  public var path: String { file.path }

  /// What the weights expect of pixels.
  public var normalization: ImageNormalization { table.normalization }

  /// What they expect of pixels with another number of channels, once loaded.
  public func normalization(channels: Int) -> ImageNormalization { table.normalization(channels: channels) }

  /// The same network as the weights need it: what they expect of pixels, and the encoder's details that they were
  /// trained with.
  public func adapting<Configuration: NetworkConfiguration>(_ configuration: Configuration) -> Configuration {
    var configuration = configuration
    configuration.normalization = normalization(channels: configuration.normalization.channels)
    configuration.encoderVariant = table.variant
    return configuration
  }

  /// Opens a file for networks of a type, and recognizes which of their tables it fits; weights are read when they are
  /// loaded.
  ///
  /// - Throws: `PretrainedWeightsError`, `HDF5Error` or `SafeTensorsError`.
  public init<Model: SegmentationModel>(contentsOf path: String, for network: Model.Type) throws {
    try self.init(contentsOf: path, tables: Model.Configuration.weightTables, for: Model.Configuration.self)
  }

  /// Opens a file, and recognizes which of these tables it fits.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - tables: a single one if the names do not decide, as for two programs that use the same ones.
  /// - Throws: `PretrainedWeightsError`, `HDF5Error` or `SafeTensorsError`.
  public init(contentsOf path: String, tables: [WeightTable]) throws {
    try self.init(contentsOf: path, tables: tables, for: nil)
  }

  /// - Parameter network: what the tables are of, so that messages can name what it needs.
  package init(
    contentsOf path: String, tables: [WeightTable], for network: (any NetworkConfiguration.Type)?
  ) throws {
    try self.init(try openWeights(at: path), tables: tables, for: network)
  }

  /// Recognizes which of these tables a file fits.
  init(_ file: any WeightsFile, tables: [WeightTable], for network: (any NetworkConfiguration.Type)? = nil) throws {
    let candidates = tables.compactMap { table in
      let (file, table) = file.matched(with: table)
      return table.misfits(in: file.arrays.map(\.name)).map { (table, file, misfits: $0) }
    }
    // Of two that fit alike, the one that fills more.
    guard let best = candidates.min(by: { ($0.misfits, $0.0.part.count) < ($1.misfits, $1.0.part.count) }) else {
      if let network, let needs = network.backboneTitle, let held = RecognizedEncoder(file) {
        throw held.title == needs
          ? PretrainedWeightsError.encoderOnly(file: file.path, holds: needs)
          : .otherEncoder(file: file.path, holds: held.title, network: network.name, needs: needs)
      }
      let names = file.arrays.map(\.name)
      let paths = Set(tables.flatMap(\.layers).compactMap(\.path))
      let isOwn = names.contains { name in
        paths.contains(String(name[..<(name.lastIndex(of: ".") ?? name.startIndex)]))
      }
      throw PretrainedWeightsError.unknownNetwork(
        file: file.path, names: names,
        known: tables.map(\.name).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }, isOwn: isOwn)
    }
    (table, self.file, _) = best
  }

  /// Replaces the weights that the table names.
  ///
  /// The first filter is adapted to pictures of another number of channels than the weights': the sum of the filter's
  /// channels for a single one, otherwise the channels in turn times 3 / n, as in timm (`adapt_input_conv`).
  /// If the file holds a whole network of another number of classes, all but the classifier is replaced. What only
  /// training needs, such as an auxiliary classifier, stays new if the file has nothing for it.
  /// - Returns: what was loaded, what was left out, and what stayed new.
  /// - Throws: `PretrainedWeightsError` with everything that is missing, unused, misshapen or not finite, or what
  ///   reading throws; nothing is then changed.
  @discardableResult
  public func load(into model: some SegmentationModel) throws -> LoadedWeights {
    let classifier = model.classifier
    guard table.part.isEmpty, let classes = classes(of: classifier), classes != model.configuration.classes else {
      return try loadAll(into: model)
    }
    var configuration = model.configuration
    configuration.classes = classes
    let other = configuration.makeNetwork(random: RandomStream(seed: 0))
    var loaded = try loadAll(into: other)
    let new = classifier.union(loaded.newAuxiliary)
    for (own, theirs) in zip(model.namedParameters, other.namedParameters) where !new.contains(own.name) {
      own.parameter.value = theirs.parameter.value
    }
    loaded.newClassifier = NewClassifier(
      classesInFile: classes, parameters: model.namedParameters.map(\.name).filter(classifier.contains))
    return loaded
  }

  /// The number of classes of the file's network, from its classifier's biases; `nil` if it does not tell.
  private func classes(of classifier: Set<String>) -> Int? {
    let shapes = Dictionary(file.arrays.map { ($0.name, $0.shape) }) { first, _ in first }
    let counts = table.layers.flatMap { layer in
      zip(table.names(of: layer), layer.properties).compactMap { name, property in
        property == .bias && classifier.contains("\(layer.path ?? "").bias") ? shapes[name].map(\.elementCount) : nil
      }
    }
    return Set(counts).count == 1 ? counts.first : nil
  }

  private func loadAll(into model: some SegmentationModel) throws -> LoadedWeights {
    guard model.normalization == normalization(channels: model.normalization.channels) else {
      throw PretrainedWeightsError.otherNormalization(file: path, table: table.name)
    }
    guard model.configuration.encoderVariant == table.variant else {
      throw PretrainedWeightsError.otherVariant(
        file: path, table: table.name, details: "\(table.variant)", model: "\(model.configuration.encoderVariant)")
    }
    let auxiliary = model.trainingParameters.map(\.name).filter(table.fills)
    let isAuxiliaryNew = !holdsAny(of: Set(auxiliary))
    let filled: any SegmentationModel = isAuxiliaryNew ? model.forPrediction : model
    let plan = WeightPlan(table, of: file, into: filled)
    let network = type(of: model.configuration)
    let held = plan.mismatch == nil || network.backboneTitle == nil ? nil : RecognizedEncoder(file)
    if let held, let needs = network.backboneTitle, held.title != needs {
      throw PretrainedWeightsError.otherEncoder(file: path, holds: held.title, network: network.name, needs: needs)
    }
    // Not every network has a width to choose; layers that are found by their order are of another one only if the
    // first is.
    let hasWidth = Mirror(reflecting: model.configuration).children.contains { $0.label == "width" }
    if hasWidth, let width = plan.otherWidth,
      !table.isOrdered || width.name == plan.transfers.first?.arrays.first?.name
    {
      throw PretrainedWeightsError.otherWidth(
        file: path, layer: width.name, fileWidth: width.file, modelWidth: width.model)
    }
    if table.isOrdered, let difference = plan.firstDifference(from: file) ?? file.difference(from: model, by: table) {
      throw PretrainedWeightsError.otherLayers(file: path, table: table.name, difference: difference)
    }
    // All are read before the first is replaced: a file that cannot be read to its end changes nothing.
    var (notFinite, values): ([String], [[Tensor]]) = ([], [])
    for transfer in plan.fitting {
      let read = try transfer.values(from: file, noting: &notFinite)
      // If something does not fit, the others are read only for the report.
      if plan.mismatch == nil { values.append(read) }
    }
    guard plan.mismatch == nil, notFinite.isEmpty else {
      throw PretrainedWeightsError.mismatch(
        file: path, table: table.name, missing: plan.mismatch?.missing ?? [], unused: plan.mismatch?.unused ?? [],
        misshapen: plan.mismatch?.misshapen ?? [], notFinite: notFinite,
        hint: hint(plan, for: network, holdsEncoder: held != nil))
    }
    for (transfer, values) in zip(plan.transfers, values) {
      for (parameter, value) in zip(transfer.parameters, values) { parameter.value = value }
    }
    return LoadedWeights(
      table: table.name, path: path, leftOut: plan.leftOut,
      adaptedChannels: plan.transfers.first?.adaptedChannels, variant: table.variant,
      foldedBiases: plan.transfers.count { $0.bias != nil }, lostLayers: table.isOrdered ? file.lostLayers : [],
      newAuxiliary: isAuxiliaryNew ? auxiliary : [])
  }

  /// Whether the file has an array for one of these parameters.
  private func holdsAny(of parameters: Set<String>) -> Bool {
    let names = Set(file.arrays.map(\.name))
    return table.layers.contains { layer in
      zip(table.names(of: layer), layer.properties).contains { name, property in
        names.contains(name) && parameters.contains("\(layer.path ?? "").\(property)")
      }
    }
  }

  /// What to do about a file that does not fit; `nil` if that is to save it again.
  private func hint(
    _ plan: WeightPlan, for network: any NetworkConfiguration.Type, holdsEncoder: Bool
  ) -> String? {
    if let hint = plan.hint { return hint }
    if holdsEncoder && table.part.isEmpty {
      return "Its encoder fits: use it as --encoder-weights, which leaves out the rest of the file."
    }
    // Where much differs it is another network.
    return plan.differsMuch ? network.backboneTitle.map { "Use weights of \($0)." } : nil
  }
}

/// What a model has loaded from a file; as text, one line.
public struct LoadedWeights: Sendable, Equatable, CustomStringConvertible {
  /// Program and network.
  public let table: String
  /// The file's path.
  public let path: String
  /// The arrays that the network has no place for, such as ImageNet's scores.
  public let leftOut: [String]
  /// The channels of the file's first filter, where it was adapted to pictures with another number.
  public let adaptedChannels: Int?
  /// The encoder's details that the weights were trained with.
  public let variant: EncoderVariant
  /// How many biases became part of a running mean, because no convolution here has one before a batch normalization.
  public let foldedBiases: Int
  /// Layers without weights, with their types, that the file's network has and this one does not: what they compute is
  /// lost.
  public let lostLayers: [String]
  /// The parameters that only training needs and for which the file has nothing: they stay new.
  public let newAuxiliary: [String]
  /// What has no values in the file because its network has another number of classes.
  public internal(set) var newClassifier: NewClassifier?

  public var description: String {
    "\(table) weights from \(path)" + (adaptedChannels.map { ", the first filter adapted from \($0) channels" } ?? "")
      + (leftOut.isEmpty ? "" : ", without \(leftOut.countedByPart)")
      + (variant == EncoderVariant() ? "" : "; encoder as there: \(variant)")
      + (foldedBiases == 0 ? "" : "; \(foldedBiases) biases are part of running means")
      + (lostLayers.isEmpty ? "" : ", whose network also has \(lostLayers.firstFew)")
      + (newAuxiliary.isEmpty ? "" : "; it has nothing for \(newAuxiliary.firstFew), which stay new")
      + (newClassifier.map { "; it has \($0.classesInFile) classes: new are \($0.parameters.firstFew)" } ?? "")
  }
}

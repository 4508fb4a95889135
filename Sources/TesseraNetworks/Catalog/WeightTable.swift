/// How weights that another program saved become a network's: the names of the layers there, the layout of their
/// arrays, and what they expect of pixels.
///
/// ```swift
/// static let weightTables = [
///   WeightTable(
///     "torchvision ResNet-18", convention: .pyTorch, normalization: .torchvision, part: "encoder",
///     layers: [
///       .convolution("conv1", "encoder.stem", bias: false),
///       .batchNormalization("bn1", "encoder.norm", after: "encoder.stem"),
///       .dense("fc", nil),   // ImageNet's scores, which a segmentation network has no place for
///     ])
/// ]
/// ```
/// `PretrainedWeights` of the module TesseraPretrained recognizes by a file's names which of a network's tables fits.
public struct WeightTable: Sendable, Hashable {
  /// Program and network, as messages call them: `torchvision VGG-16`.
  public let name: String
  /// How the program names and lays out arrays.
  public let convention: Convention
  /// What the weights expect of pixels.
  public let normalization: ImageNormalization
  /// The part of the network that the layers fill entirely, by its property path; empty for the whole network.
  ///
  /// Layers elsewhere are filled if the network has them, and left out if not.
  public let part: String
  /// In the order in which the network computes them; the first one sees the picture.
  public private(set) var layers: [Layer]
  /// The names of what the network has no place for; all that lies below is left out too. What is also among the layers
  /// is used where both the file and the network have it.
  public let leftOut: [String]
  /// Details of the encoder that the weights were trained with.
  public let variant: EncoderVariant

  public init(
    _ name: String, convention: Convention, normalization: ImageNormalization, part: String, layers: [Layer],
    leavingOut leftOut: [String] = [], variant: EncoderVariant = EncoderVariant()
  ) {
    self.name = name
    self.convention = convention
    self.normalization = normalization
    self.part = part
    self.layers = layers
    self.leftOut = leftOut
    self.variant = variant
  }

  /// What the weights expect of pixels of another number of channels, once their first filter is adapted to it: the
  /// same channels in turn, red first; a single one as the mean of all.
  public func normalization(channels: Int) -> ImageNormalization {
    let own = normalization
    guard channels != own.channels else { return own }
    func adapted(_ values: [Float]) -> [Float] {
      let values = own.order == .rgb ? values : values.reversed()
      return channels == 1
        ? [values.reduce(0, +) / Float(values.count)] : (0..<channels).map { values[$0 % values.count] }
    }
    return ImageNormalization(order: .rgb, mean: adapted(own.mean), deviation: adapted(own.deviation))
  }

  /// Whether layers are found by their kinds and order, since their names are their user's choice.
  package var isOrdered: Bool { layers.contains(where: \.isFoundByOrder) }

  /// The same table with the names that a file has for its layers.
  package func with(layers: [Layer]) -> WeightTable {
    var table = self
    table.layers = layers
    return table
  }

  /// The names of a layer's arrays, in the program's order.
  package func names(of layer: Layer) -> [String] {
    if layer.kind == .array { return [layer.name] }
    return layer.properties.map { layer.name + convention.separator + (convention.names[$0] ?? $0.rawValue) }
  }

  /// The names of a layer's other arrays, which are not used.
  package func ignoredNames(of layer: Layer) -> [String] {
    layer.kind == .batchNormalization ? convention.ignored.map { layer.name + convention.separator + $0 } : []
  }

  /// Whether an array has no place in the network, though its layer is not listed.
  package func leavesOut(_ name: String) -> Bool {
    leftOut.contains { name == $0 || name.hasPrefix($0 + convention.separator) }
  }

  /// Whether a property path lies in the part that is filled entirely.
  package func fills(_ path: String) -> Bool { part.isEmpty || path == part || path.hasPrefix(part + ".") }

  /// The number of names that are missing or unknown among a file's; `nil` if neither side has two thirds of its names
  /// in common with the other.
  package func misfits(in names: [String]) -> Int? {
    let found = Set(names).subtracting(layers.flatMap(ignoredNames)).filter { !leavesOut($0) }
    let known = Set(layers.flatMap(self.names)).filter { !leavesOut($0) }
    let common = found.intersection(known).count
    guard common > 0, 3 * common >= 2 * min(found.count, known.count) else { return nil }
    return found.count + known.count - 2 * common
  }

  /// How a program names and lays out the arrays of its layers.
  public struct Convention: Sendable, Hashable {
    /// The separator between the names of a layer and of its array.
    public let separator: String
    /// Its names for the parameters of a layer.
    public let names: [Layer.Property: String]
    /// What else a batch normalization keeps, which is not used.
    public let ignored: [String]
    /// Whether a filter's outputs are its first length, before its inputs, or the last, as in this library.
    public let outputsFirst: Bool
    /// What a batch normalization adds to the variance before its root, unless its layer says otherwise.
    public let epsilon: Double

    public init(
      separator: String, names: [Layer.Property: String], ignored: [String] = [], outputsFirst: Bool, epsilon: Double
    ) {
      self.separator = separator
      self.names = names
      self.ignored = ignored
      self.outputsFirst = outputsFirst
      self.epsilon = epsilon
    }

    /// `block1_conv1/kernel` `[height, width, inputs, outputs]`.
    public static let keras = Convention(
      separator: "/",
      names: [
        .filter: "kernel", .bias: "bias", .scale: "gamma", .offset: "beta", .runningMean: "moving_mean",
        .runningVariance: "moving_variance",
      ], outputsFirst: false, epsilon: 1e-3)

    /// `features.0.weight` `[outputs, inputs, height, width]`.
    public static let pyTorch = Convention(
      separator: ".",
      names: [
        .filter: "weight", .bias: "bias", .scale: "weight", .offset: "bias", .runningMean: "running_mean",
        .runningVariance: "running_var",
      ], ignored: ["num_batches_tracked"], outputsFirst: true, epsilon: 1e-5)
  }
}

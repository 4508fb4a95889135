import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// U-Net (Ronneberger, Fischer, Brox 2015, arXiv:1505.04597) with padded convolutions and dropout: 34,523,095
/// parameters with 151 classes.
///
/// An encoder halves the picture four times and doubles the channels; a decoder enlarges it again and joins, at each
/// size, what the encoder saw there.
/// ```swift
/// let model = UNet(.init(classes: 151), random: RandomStream(seed: 1))
/// model(Variable(images))   // [1, 128, 128, 3] -> [1, 128, 128, 151]
/// ```
public struct UNet: SegmentationModel {
  /// The numbers that define the network.
  public struct Configuration: NetworkConfiguration {
    /// The number of outputs per pixel.
    public var classes: Int
    /// Channels of the first block; each level has twice as many.
    public var width: Int
    /// The share of features that training drops after each pooling and before each decoder block.
    public var dropout: Float
    /// What the weights expect of pixels.
    public var normalization: ImageNormalization
    /// In files only if there is some.
    private var supervision: Float?

    private enum CodingKeys: String, CodingKey {
      case classes, width, dropout, normalization
      case supervision = "deepSupervision"
    }

    /// What the loss of each earlier result of the decoder counts in training, compared to the one after it; 0 for a
    /// network without their scores.
    public var deepSupervision: Float {
      get { supervision ?? 0 }
      set { supervision = newValue == 0 ? nil : newValue }
    }

    public init(
      classes: Int, width: Int = 64, dropout: Float = 0.3, normalization: ImageNormalization = .unit,
      deepSupervision: Float = 0
    ) {
      self.classes = classes
      self.width = width
      self.dropout = dropout
      self.normalization = normalization
      self.deepSupervision = deepSupervision
    }

    /// Width 64, as in the paper.
    public init(classes: Int) { self.init(classes: classes, width: 64) }

    public static let name = "unet"
    public var title: String { "U-Net" }
    /// The pools halve a picture four times.
    public var sizeMultiple: Int { 16 }

    /// A whole U-Net that Keras saved, whatever its layers are called, trained on pixels in 0...1.
    public static let weightTables = [
      WeightTable("Keras U-Net", convention: .keras, normalization: .unit, part: "", layers: layersInOrder)
    ]

    private static var layersInOrder: [WeightTable.Layer] {
      func block(_ path: String) -> [WeightTable.Layer] {
        [.convolution(at: "\(path).first"), .convolution(at: "\(path).second")]
      }
      return (0..<4).flatMap { block("encoder.\($0)") } + block("bottleneck")
        + (0..<4).flatMap { [.transposedConvolution(at: "decoder.\($0).up")] + block("decoder.\($0).block") }
        + [.convolution(at: "classifier")]
    }

    public static let options: [NetworkOption<Configuration>] = [
      .count("width", \.width, in: 1...8192, help: "Channels of the first block; each level has twice as many."),
      .share("dropout", \.dropout, help: "Share of features that training drops."),
      SupervisionHeads.option(\.deepSupervision),
    ]

    public func makeNetwork(random: RandomStream) -> UNet { UNet(self, random: random) }
  }

  /// From the full size downward.
  public let encoder: [DoubleConvolution]
  /// At 1/16 of the size.
  public let bottleneck: DoubleConvolution
  /// From the deepest level upward.
  public let decoder: [UpBlock]
  /// 1 x 1, one output per class.
  public let classifier: Conv2D
  /// Score the decoder's earlier results in training.
  public let supervision: SupervisionHeads
  /// The numbers that define this network.
  public let configuration: Configuration

  /// A network with fresh weights from `random`: He-normal in blocks, Glorot-uniform elsewhere.
  public init(_ configuration: Configuration, random: RandomStream) {
    var random = random.derived("weights")
    let widths = (0...4).map { configuration.width << $0 }
    encoder = (0..<4).map { level in
      DoubleConvolution(
        from: level == 0 ? configuration.normalization.channels : widths[level - 1], to: widths[level], random: &random)
    }
    bottleneck = DoubleConvolution(from: widths[3], to: widths[4], random: &random)
    decoder = (0..<4).reversed().map { level in
      UpBlock(from: widths[level + 1], to: widths[level], dropout: configuration.dropout, random: &random)
    }
    classifier = Conv2D(from: widths[0], to: configuration.classes, kernel: 1, random: &random)
    // Last, so that all else is drawn as without them.
    supervision = SupervisionHeads(
      of: configuration.deepSupervision == 0 ? [] : Self.earlier.map { widths[3 - $0] },
      classes: configuration.classes, random: &random)
    self.configuration = configuration
  }

  /// The same network without the scores that only training needs.
  private init(predictingLike network: UNet) {
    (encoder, bottleneck, decoder) = (network.encoder, network.bottleneck, network.decoder)
    (classifier, supervision) = (network.classifier, .none)
    var configuration = network.configuration
    configuration.deepSupervision = 0
    self.configuration = configuration
  }

  public var forPrediction: any SegmentationModel { supervision.isEmpty ? self : UNet(predictingLike: self) }

  /// The decoder's levels that deep supervision scores: all but the smallest, as in nnU-Net, and the last.
  private static let earlier = 1..<3

  public func callAsFunction(_ images: Variable) -> Variable { scores(of: images) { _ in } }

  public func trainingLogits(of images: Variable) -> [WeightedLogits] {
    if supervision.isEmpty { return [WeightedLogits(self(images))] }
    var results: [Variable] = []
    let own = scores(of: images) { results.append($0) }
    return [WeightedLogits(own)]
      + supervision(results, size: images.shape.extent, decay: configuration.deepSupervision)
  }

  /// - Parameter tell: gets the decoder's earlier results as they are found.
  private func scores(of images: Variable, telling tell: (Variable) -> Void) -> Variable {
    check(images)
    var features = images
    var skips: [Variable] = []
    for block in encoder {
      features = block(consume features)
      skips.append(features)
      features = dropout(maxPool(features, window: 2), rate: configuration.dropout)
    }
    features = bottleneck(features)
    for (level, block) in decoder.enumerated() {
      features = block(consume features, joining: skips.removeLast())
      if Self.earlier.contains(level) { tell(features) }
    }
    return classifier(features)
  }
}

/// Two 3 x 3 convolutions, each with ReLU: the block that U-Net is made of.
public struct DoubleConvolution: Layer {
  public let first: Conv2D
  public let second: Conv2D

  /// Creates a block from `inputs` to `outputs` channels, He-normal.
  public init(from inputs: Int, to outputs: Int, random: inout RandomStream) {
    first = Conv2D(
      from: inputs, to: outputs, kernel: 3, activation: .relu, initializer: .heNormal, random: &random)
    second = Conv2D(
      from: outputs, to: outputs, kernel: 3, activation: .relu, initializer: .heNormal, random: &random)
  }

  public func callAsFunction(_ input: consuming Variable) -> Variable { recomputed(consume input, by: compute) }

  // Consuming, so an input that nobody else holds is freed before the second convolution.
  private func compute(_ input: consuming Variable) -> Variable {
    let features = first(consume input)
    return second(features)
  }
}

/// One level of U-Net's decoder: enlarge, join the encoder's features of this size, convolve twice.
public struct UpBlock: Module {
  public let up: TransposedConv2D
  public let block: DoubleConvolution
  let dropoutRate: Float

  /// Creates a level from `inputs` channels to the `outputs` of its skip; training drops the share `dropout` of what is
  /// joined.
  public init(from inputs: Int, to outputs: Int, dropout: Float, random: inout RandomStream) {
    up = TransposedConv2D(from: inputs, to: outputs, kernel: 3, stride: 2, activation: .relu, random: &random)
    block = DoubleConvolution(from: 2 * outputs, to: outputs, random: &random)
    dropoutRate = dropout
  }

  /// Features `[batch, h, w, inputs]` and a skip `[batch, 2 h, 2 w, outputs]` -> `[batch, 2 h, 2 w, outputs]`.
  public func callAsFunction(_ features: consuming Variable, joining skip: consuming Variable) -> Variable {
    recomputed(consume features, consume skip, by: join)
  }

  private func join(_ features: consuming Variable, _ skip: consuming Variable) -> Variable {
    let enlarged = up(consume features)
    let joined = concatenate([consume enlarged, consume skip], dropoutRate: dropoutRate)
    return block(consume joined)
  }
}

import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// A network of an encoder and a decoder, each of which combines with all others.
///
/// ```swift
/// let model = EncoderDecoder<UNetDecoder, ResNet34>(.init(classes: 21), random: RandomStream(seed: 1))
/// model(Variable(images))   // [1, 256, 256, 3] -> [1, 256, 256, 21]
/// ```
public struct EncoderDecoder<Decoding: SegmentationDecoder, Encoding: EncoderArchitecture>: SegmentationModel {
  /// The numbers that define the network.
  public struct Configuration: NetworkConfiguration {
    /// The number of outputs per pixel.
    public var classes: Int
    /// How many times smaller than the picture the encoder's smallest features are.
    public var outputStride: Int
    /// The share of features that training drops before they are scored.
    public var dropout: Float
    /// The probability with which training drops a branch of the encoder's last block.
    public var stochasticDepth: Float
    /// What the loss of scores of the encoder's earlier features counts in training; 0 for a network without them.
    public var auxiliaryWeight: Float
    /// What the loss of each earlier result of the decoder counts in training, compared to the one after it; 0 for a
    /// network without their scores.
    public var deepSupervision: Float = 0
    /// What the weights expect of pixels.
    public var normalization: ImageNormalization
    /// Details of the encoder that the weights were trained with.
    public var encoderVariant = EncoderVariant()

    /// The network as its source has it.
    public init(classes: Int) {
      self.classes = classes
      let usual = max(Decoding.plan.outputStride, Encoding.usualDilatedStride)
      outputStride = Self.outputStrides.contains(usual) ? usual : Self.outputStrides[0]
      dropout = Decoding.dropoutByDefault
      stochasticDepth = Encoding.stochasticDepth
      auxiliaryWeight = Decoding.auxiliaryWeightByDefault
      normalization = Encoding.normalization
    }

    /// - Throws: `DecodingError`, also for an output stride that the network cannot have.
    public init(from decoder: any Decoder) throws {
      let card = try decoder.container(keyedBy: CodingKeys.self)
      classes = try card.decode(Int.self, forKey: .classes)
      outputStride = try card.decode(Int.self, forKey: .outputStride)
      dropout = try card.decode(Float.self, forKey: .dropout)
      stochasticDepth = try card.decode(Float.self, forKey: .stochasticDepth)
      // Earlier versions had none.
      auxiliaryWeight = try card.floatIfPresent(.auxiliaryWeight, in: Self.auxiliaryWeights) ?? 0
      deepSupervision = try card.floatIfPresent(.deepSupervision, in: SupervisionHeads.decays) ?? 0
      normalization = try card.decode(ImageNormalization.self, forKey: .normalization)
      encoderVariant = try card.decodeIfPresent(EncoderVariant.self, forKey: .encoderVariant) ?? EncoderVariant()
      guard Self.outputStrides.contains(outputStride) else {
        throw DecodingError.dataCorruptedError(
          forKey: .outputStride, in: card,
          debugDescription: "\(outputStride) is no output stride of this network, which has "
            + Self.outputStrides.map { "\($0)" }.joined(separator: " or "))
      }
    }

    private enum CodingKeys: CodingKey {
      case classes, outputStride, dropout, stochasticDepth, auxiliaryWeight, deepSupervision, normalization
      case encoderVariant
    }

    public func encode(to encoder: any Encoder) throws {
      var card = encoder.container(keyedBy: CodingKeys.self)
      try card.encode(classes, forKey: .classes)
      try card.encode(outputStride, forKey: .outputStride)
      try card.encode(dropout, forKey: .dropout)
      try card.encode(stochasticDepth, forKey: .stochasticDepth)
      try card.encode(auxiliaryWeight, forKey: .auxiliaryWeight)
      try card.encode(normalization, forKey: .normalization)
      // As files have always been, where nothing differs.
      if deepSupervision != 0 { try card.encode(deepSupervision, forKey: .deepSupervision) }
      if encoderVariant != EncoderVariant() { try card.encode(encoderVariant, forKey: .encoderVariant) }
    }

    public static var name: String { Decoding.networkName(on: Encoding.name) }
    public var title: String { "\(Decoding.title) on \(Encoding.title)" }
    public var sizeMultiple: Int { max(Encoding.sizeMultiple, min(outputStride, 1 << Decoding.plan.depth)) }

    /// What decoder and encoder can both have; what the encoder can have, if that is nothing.
    static var outputStrides: [Int] {
      let both = Encoding.outputStrides.filter(Decoding.outputStrides.contains)
      return both.isEmpty ? Encoding.outputStrides : both
    }

    /// No auxiliary scores count more than the network's own.
    private static var auxiliaryWeights: ClosedRange<Float> { 0...1 }

    public static var options: [NetworkOption<Configuration>] {
      let strides: [NetworkOption<Configuration>] =
        outputStrides.count < 2
        ? []
        : [
          .choice(
            "output-stride", of: outputStrides.map { "\($0)" },
            help: "How many times smaller than the picture the smallest features are, by dilation.",
            read: { "\($0.outputStride)" }, write: { $0.outputStride = Int($1) ?? $0.outputStride })
        ]
      let dropout: [NetworkOption<Configuration>] =
        Decoding.dropoutByDefault == 0
        ? [] : [.share("dropout", \.dropout, help: "Share of features that training drops before they are scored.")]
      let depth: [NetworkOption<Configuration>] =
        Encoding.stochasticDepth == 0
        ? []
        : [
          .share(
            "stochastic-depth", \.stochasticDepth,
            help: "Probability with which training drops a branch of the encoder's last block.")
        ]
      let auxiliary: [NetworkOption<Configuration>] =
        Decoding.auxiliaryWeightByDefault == 0
        ? []
        : [
          .number(
            "auxiliary-weight", \.auxiliaryWeight, in: auxiliaryWeights,
            help: "Weight of the loss of auxiliary scores, of earlier features and only in training; 0 for none.")
        ]
      return strides + dropout + depth + auxiliary
        + (Decoding.hasEarlierResults ? [SupervisionHeads.option(\.deepSupervision)] : [])
    }

    public static var backbone: String? { "encoder" }
    public static var backboneTitle: String? { Encoding.title }

    /// Those of the encoder, of whole networks, and of the encoder in whole networks with any decoder.
    public static var weightTables: [WeightTable] {
      let configuration = Configuration(classes: 1)
      let network = configuration.makeNetwork(random: RandomStream(seed: 0))
      let namings = Encoding.namings(configuration.plan)
      func table(_ title: String, _ part: String, _ naming: LayerNaming, of encoder: LayerNaming) -> WeightTable {
        WeightTable(
          "\(naming.program) \(title)", normalization: encoder.normalization ?? Encoding.normalization, part: part,
          of: network, naming: naming, variant: encoder.variant)
      }
      // Keras has no networks of these decoders.
      let programs = namings.filter { $0.convention == .pyTorch }
      let encoders = namings.map { $0.nested(at: "encoder", as: "") }
      let parts = NetworkCatalog.decoders.flatMap { decoder in
        programs.map { decoder.naming($0).restricted(to: "encoder", of: $0) }
      }
      let all = LayerNaming.distinct(encoders + encoders.compactMap(\.unwrapped) + parts).map {
        table(Encoding.title, "encoder", $0, of: $0)
      }
      return Array(all.prefix(encoders.count))
        + programs.map { table(configuration.title, "", Decoding.naming($0), of: $0) } + all.dropFirst(encoders.count)
    }

    /// What the encoder is made for.
    var plan: EncoderPlan {
      var plan = Decoding.plan
      (plan.inputs, plan.outputStride) = (normalization.channels, outputStride)
      (plan.stochasticDepth, plan.variant) = (stochasticDepth, encoderVariant)
      return plan
    }

    public func makeNetwork(random: RandomStream) -> EncoderDecoder { EncoderDecoder(self, random: random) }
  }

  public let encoder: Encoding.Features
  public let decoder: Decoding
  /// Scores the encoder's earlier features in training.
  public let auxiliary: AuxiliaryHead?
  /// Score the decoder's earlier results in training.
  public let supervision: SupervisionHeads
  /// The numbers that define this network.
  public let configuration: Configuration

  /// A network with fresh weights from `random`.
  public init(_ configuration: Configuration, random: RandomStream) {
    var random = random.derived("weights")
    let plan = configuration.plan
    encoder = Encoding.makeEncoder(plan, random: &random)
    decoder = Decoding(
      on: encoder.channels, of: Encoding.self, plan: plan, classes: configuration.classes,
      dropout: configuration.dropout, random: &random)
    // Last, so that all else is drawn as without it.
    auxiliary =
      configuration.auxiliaryWeight == 0
      ? nil
      : AuxiliaryHead(
        on: [encoder.channels[Self.auxiliaryFeatures(of: encoder)]], of: Encoding.self, plan: plan,
        classes: configuration.classes, dropout: min(configuration.dropout, AuxiliaryHead.dropoutByDefault),
        random: &random)
    supervision = SupervisionHeads(
      of: configuration.deepSupervision == 0 ? [] : decoder.earlierChannels, classes: configuration.classes,
      random: &random)
    self.configuration = configuration
  }

  /// The same network without the scores that only training needs.
  private init(predictingLike network: EncoderDecoder) {
    (encoder, decoder, auxiliary, supervision) = (network.encoder, network.decoder, nil, .none)
    var configuration = network.configuration
    (configuration.auxiliaryWeight, configuration.deepSupervision) = (0, 0)
    self.configuration = configuration
  }

  public var forPrediction: any SegmentationModel { EncoderDecoder(predictingLike: self) }

  /// Which features are scored; of an encoder that computes few sizes, the last but one.
  private static func auxiliaryFeatures(of encoder: Encoding.Features) -> Int {
    max(0, min(Encoding.auxiliaryFeatures, encoder.channels.count - 2))
  }

  public func callAsFunction(_ images: Variable) -> Variable {
    check(images)
    return decoder(encoder.features(of: images), size: images.shape.extent)
  }

  public func trainingLogits(of images: Variable) -> [WeightedLogits] {
    if auxiliary == nil && supervision.isEmpty { return [WeightedLogits(self(images))] }
    check(images)
    let (features, size) = (encoder.features(of: images), images.shape.extent)
    var results: [Variable] = []
    var outputs = [WeightedLogits(decoder(features, size: size) { if !supervision.isEmpty { results.append($0) } })]
    if let auxiliary {
      let earlier = features[Self.auxiliaryFeatures(of: encoder)]
      outputs.append(WeightedLogits(auxiliary([earlier], size: size), weight: configuration.auxiliaryWeight))
    }
    return outputs + supervision(results, size: size, decay: configuration.deepSupervision)
  }
}

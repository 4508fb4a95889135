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
    /// What the weights expect of pixels.
    public var normalization: ImageNormalization

    /// The network as its source has it.
    public init(classes: Int) {
      self.classes = classes
      let usual = max(Decoding.plan.outputStride, Encoding.usualDilatedStride)
      outputStride = Self.outputStrides.contains(usual) ? usual : Self.outputStrides[0]
      dropout = Decoding.dropoutByDefault
      stochasticDepth = Encoding.stochasticDepth
      normalization = Encoding.normalization
    }

    /// - Throws: `DecodingError`, also for an output stride that the network cannot have.
    public init(from decoder: any Decoder) throws {
      let card = try decoder.container(keyedBy: CodingKeys.self)
      classes = try card.decode(Int.self, forKey: .classes)
      outputStride = try card.decode(Int.self, forKey: .outputStride)
      dropout = try card.decode(Float.self, forKey: .dropout)
      stochasticDepth = try card.decode(Float.self, forKey: .stochasticDepth)
      normalization = try card.decode(ImageNormalization.self, forKey: .normalization)
      guard Self.outputStrides.contains(outputStride) else {
        throw DecodingError.dataCorruptedError(
          forKey: .outputStride, in: card,
          debugDescription: "\(outputStride) is no output stride of this network, which has "
            + Self.outputStrides.map { "\($0)" }.joined(separator: " or "))
      }
    }

    public static var name: String { Decoding.networkName(on: Encoding.name) }
    public var title: String { "\(Decoding.title) on \(Encoding.title)" }
    public var sizeMultiple: Int { min(outputStride, 1 << Decoding.plan.depth) }

    /// What decoder and encoder can both have; what the encoder can have, if that is nothing.
    static var outputStrides: [Int] {
      let both = Encoding.outputStrides.filter(Decoding.outputStrides.contains)
      return both.isEmpty ? Encoding.outputStrides : both
    }

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
      return strides + dropout + depth
    }

    public static var backbone: String? { "encoder" }
    public static var backboneTitle: String? { Encoding.title }

    /// Those of the encoder, of whole networks, and of the encoder in whole networks with any decoder.
    public static var weightTables: [WeightTable] {
      let configuration = Configuration(classes: 1)
      let network = configuration.makeNetwork(random: RandomStream(seed: 0))
      let namings = Encoding.namings(configuration.plan)
      func table(_ title: String, _ part: String, _ naming: LayerNaming) -> WeightTable {
        WeightTable(
          "\(naming.program) \(title)", normalization: Encoding.normalization, part: part, of: network, naming: naming)
      }
      let encoders = namings.map { $0.nested(at: "encoder", as: "") }
      let parts = NetworkCatalog.decoders.flatMap { decoder in
        namings.map { decoder.naming($0).restricted(to: "encoder") }
      }
      let all = LayerNaming.distinct(encoders + encoders.compactMap(\.unwrapped) + parts).map {
        table(Encoding.title, "encoder", $0)
      }
      return Array(all.prefix(encoders.count)) + namings.map { table(configuration.title, "", Decoding.naming($0)) }
        + all.dropFirst(encoders.count)
    }

    /// What the encoder is made for.
    var plan: EncoderPlan {
      var plan = Decoding.plan
      (plan.inputs, plan.outputStride) = (normalization.channels, outputStride)
      plan.stochasticDepth = stochasticDepth
      return plan
    }

    public func makeNetwork(random: RandomStream) -> EncoderDecoder { EncoderDecoder(self, random: random) }
  }

  public let encoder: Encoding.Features
  public let decoder: Decoding
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
    self.configuration = configuration
  }

  public func callAsFunction(_ images: Variable) -> Variable {
    check(images)
    return decoder(encoder.features(of: images), size: images.shape.extent)
  }
}

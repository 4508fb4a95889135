import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// SegFormer's encoder (Xie et al. 2021, arXiv:2105.15203): four stages, each a convolution that makes the picture
/// smaller, then transformer blocks in which pixels attend to a smaller picture.
///
/// It has no features at half the size.
public struct MixTransformer: FeatureEncoder {
  public let stages: [Stage]
  public let channels: [Int]

  /// The numbers of a published network.
  public struct Table: Sendable {
    /// The channels of each stage.
    var widths: [Int]
    /// The blocks of each stage.
    var depths: [Int]
    /// How many times smaller in each direction the picture is that pixels attend to.
    static let reductions = [8, 4, 2, 1]
    static let heads = [1, 2, 5, 8]
  }

  init(_ table: Table, plan: EncoderPlan, random: inout RandomStream) {
    let total = table.depths.reduce(0, +)
    var (count, inputs) = (0, plan.inputs)
    stages = zip(table.widths, table.depths).prefix(plan.depth - 1).enumerated().map { index, pair in
      let rates = (0..<pair.1).map { plan.stochasticDepth * Float(count + $0) / Float(max(1, total - 1)) }
      defer { (count, inputs) = (count + pair.1, pair.0) }
      return Stage(
        from: inputs, to: pair.0, window: index == 0 ? 7 : 3, stride: index == 0 ? 4 : 2, heads: Table.heads[index],
        reduction: Table.reductions[index], dropRates: rates, epsilon: plan.variant.blockEpsilon ?? 1e-5,
        random: &random)
    }
    channels = [0] + table.widths.prefix(plan.depth - 1)
  }

  public func features(of images: Variable) -> [Variable] {
    let shape = images.shape
    var features = [Variable(.zeros([shape[0], shape[1] / 2, shape[2] / 2, 0]))]
    var input = images
    for stage in stages {
      input = stage(consume input)
      features.append(input)
    }
    return features
  }

  /// One size.
  public struct Stage: Module {
    /// A strided convolution whose windows overlap.
    public let embedding: Conv2D
    public let embeddingNorm: LayerNorm
    public let blocks: [Block]
    public let norm: LayerNorm

    init(
      from inputs: Int, to outputs: Int, window: Int, stride: Int, heads: Int, reduction: Int, dropRates: [Float],
      epsilon: Float, random: inout RandomStream
    ) {
      embedding = Conv2D(
        from: inputs, to: outputs, kernel: Extent(window), stride: Extent(stride), padding: .explicit(window / 2),
        random: &random)
      embeddingNorm = LayerNorm(outputs, epsilon: 1e-5)
      blocks = dropRates.map {
        Block(outputs, heads: heads, reduction: reduction, dropRate: $0, epsilon: epsilon, random: &random)
      }
      norm = LayerNorm(outputs, epsilon: epsilon)
    }

    /// `[batch, height, width, inputs]` -> `[batch, height / stride, width / stride, outputs]`.
    func callAsFunction(_ input: consuming Variable) -> Variable {
      var features = embeddingNorm(embedding(consume input))
      for block in blocks { features = block(consume features) }
      return norm(features)
    }
  }

  /// Attention, then a network for each pixel that sees its neighbors; each is added to its input.
  public struct Block: Module {
    public let attentionNorm: LayerNorm
    public let attention: ReducedAttention
    public let mixNorm: LayerNorm
    public let mix: MixFeedForward
    let dropRate: Float

    init(
      _ channels: Int, heads: Int, reduction: Int, dropRate: Float, epsilon: Float, random: inout RandomStream
    ) {
      attentionNorm = LayerNorm(channels, epsilon: epsilon)
      attention = ReducedAttention(channels, heads: heads, reduction: reduction, random: &random)
      mixNorm = LayerNorm(channels, epsilon: epsilon)
      mix = MixFeedForward(channels, random: &random)
      self.dropRate = dropRate
    }

    func callAsFunction(_ input: consuming Variable) -> Variable { recomputed(consume input, by: compute) }

    private func compute(_ input: consuming Variable) -> Variable {
      let attended = input + stochasticDepth(attention(attentionNorm(input)), rate: dropRate)
      return attended + stochasticDepth(mix(mixNorm(attended)), rate: dropRate)
    }
  }
}

/// Attention of all pixels to a picture that is `reduction` times smaller in each direction (Wang et al. 2021,
/// arXiv:2102.12122).
public struct ReducedAttention: Module {
  public let query: Dense
  public let key: Dense
  public let value: Dense
  /// A convolution whose window is its stride; `nil` if the picture stays as it is.
  public let reduction: Conv2D?
  public let reductionNorm: LayerNorm?
  public let output: Dense
  /// The number of parts of the channels that attend separately.
  public let heads: Int

  /// Creates a layer for `channels` channels.
  public init(_ channels: Int, heads: Int, reduction: Int, random: inout RandomStream) {
    query = Dense(from: channels, to: channels, random: &random)
    key = Dense(from: channels, to: channels, random: &random)
    value = Dense(from: channels, to: channels, random: &random)
    let isReduced = reduction > 1
    self.reduction =
      isReduced
      ? Conv2D(
        from: channels, to: channels, kernel: Extent(reduction), stride: Extent(reduction), padding: .valid,
        random: &random) : nil
    reductionNorm = isReduced ? LayerNorm(channels, epsilon: 1e-5) : nil
    output = Dense(from: channels, to: channels, random: &random)
    self.heads = heads
  }

  /// `[batch, height, width, channels]` to the same shape.
  public func callAsFunction(_ input: Variable) -> Variable {
    let (batch, channels) = (input.shape[0], input.shape[3])
    let pixels = input.reshaped(to: [batch, input.shape[1] * input.shape[2], channels])
    var seen = pixels
    if let reduction, let reductionNorm {
      let reduced = reduction(input)
      seen = reductionNorm(reduced.reshaped(to: [batch, reduced.shape[1] * reduced.shape[2], channels]))
    }
    let attended = scaledDotProductAttention(query(pixels), key(seen), value(seen), heads: heads)
    return output(attended.reshaped(to: input.shape))
  }
}

/// A network for each pixel of one hidden layer with four times the channels, whose depthwise convolution tells pixels
/// where they are.
public struct MixFeedForward: Module {
  public let first: Dense
  /// 3 x 3, a window for each channel.
  public let depthwise: Conv2D
  public let second: Dense

  /// Creates a layer for `channels` channels.
  public init(_ channels: Int, random: inout RandomStream) {
    let hidden = 4 * channels
    first = Dense(from: channels, to: hidden, random: &random)
    depthwise = Conv2D(
      from: hidden, to: hidden, kernel: 3, groups: hidden, activation: .gelu, random: &random)
    second = Dense(from: hidden, to: channels, random: &random)
  }

  /// `[batch, height, width, channels]` to the same shape.
  public func callAsFunction(_ input: Variable) -> Variable { second(depthwise(first(input))) }
}

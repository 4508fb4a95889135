import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// PSPNet's pyramid pooling (Zhao et al. 2016, arXiv:1612.01105) on features at 1/8 of the picture's size, as
/// segmentation-models-pytorch has it: means over 1, 4, 9 and 36 parts of the picture are joined with the features.
public struct PSPNetDecoder: SegmentationDecoder {
  public static let (name, title) = ("pspnet", "PSPNet")
  // Deeper stages are not computed. segmentation-models-pytorch creates and counts them all the same.
  public static let plan = EncoderPlan(depth: 3)
  public static let outputStrides = [32]
  public static let dropoutByDefault: Float = 0.2

  /// 1 x 1, of the mean over the whole picture: a batch normalization of it would have a single value per picture.
  public let whole: Conv2D
  /// 1 x 1, of the means over 2 x 2, 3 x 3 and 6 x 6 parts.
  public let parts: [ConvNorm]
  /// 1 x 1, of all of these and the features.
  public let joined: ConvNorm
  /// 3 x 3, one output per class.
  public let classifier: Conv2D
  let dropoutRate: Float

  private static let bins = [2, 3, 6]

  public init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    let deepest = channels[channels.count - 1]
    let width = deepest / (1 + Self.bins.count)
    whole = Conv2D(
      from: deepest, to: width, kernel: 1, activation: .relu, initializer: .heNormal, random: &random)
    parts = Self.bins.map { _ in ConvNorm(from: deepest, to: width, kernel: 1, random: &random) }
    joined = ConvNorm(from: deepest + width * (1 + Self.bins.count), to: 512, kernel: 1, random: &random)
    classifier = Conv2D(from: 512, to: classes, kernel: 3, random: &random)
    dropoutRate = dropout
  }

  public func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    let deepest = features[features.count - 1]
    let extent = Extent(height: deepest.shape[1], width: deepest.shape[2])
    var pooled = [whole(globalAveragePool(deepest, keepingAxes: true))]
    for (bins, part) in zip(Self.bins, parts) { pooled.append(part(adaptiveAveragePool(deepest, to: Extent(bins)))) }
    let all = concatenate(pooled.map { resize($0, to: extent, .bilinearAlignedCorners) } + [deepest])
    let scores = classifier(spatialDropout(joined(all), rate: dropoutRate))
    return resize(scores, to: size, .bilinearAlignedCorners)
  }

  public static func naming(_ encoder: LayerNaming) -> LayerNaming {
    var names = LayerNaming.unit("joined", "conv") + ["whole": "psp.blocks.0.pool.1.0"]
    for index in bins.indices {
      names = names + LayerNaming.unit("parts.\(index)", "psp.blocks.\(index + 1).pool.1")
    }
    return .smp(encoder: encoder, decoder: names)
  }
}

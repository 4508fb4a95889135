import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// Lite R-ASPP (Howard et al. 2019, arXiv:1905.02244), as torchvision has it: the deepest features, weighted by their
/// mean over the picture, and those at 1/8 are scored and added.
public struct LRASPPDecoder: SegmentationDecoder {
  public static let (name, title) = ("lraspp", "LR-ASPP")
  public static let plan = EncoderPlan(outputStride: 16, convention: .torchvision)
  public static let outputStrides = [16, 32]

  /// 1 x 1.
  public let convolution: ConvNorm
  /// 1 x 1 with a sigmoid, of the picture's mean.
  public let weight: Conv2D
  /// 1 x 1, one output per class, of the features at 1/8.
  public let fineClassifier: Conv2D
  /// 1 x 1, one output per class.
  public let classifier: Conv2D

  public init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    let deepest = channels[channels.count - 1]
    convolution = ConvNorm(from: deepest, to: 128, kernel: 1, random: &random)
    weight = Conv2D(from: deepest, to: 128, kernel: 1, bias: false, activation: .sigmoid, random: &random)
    fineClassifier = Conv2D(from: channels[2], to: classes, kernel: 1, random: &random)
    classifier = Conv2D(from: 128, to: classes, kernel: 1, random: &random)
  }

  public func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    let fine = features[2]
    let deepest = features.removeLast()
    let weighted = convolution(deepest) * weight(globalAveragePool(deepest, keepingAxes: true))
    let enlarged = resize(weighted, to: Extent(height: fine.shape[1], width: fine.shape[2]), .bilinear)
    return resize(fineClassifier(fine) + classifier(enlarged), to: size, .bilinear)
  }

  public static func naming(_ encoder: LayerNaming) -> LayerNaming {
    .torchvision(
      encoder: encoder,
      decoder: LayerNaming.unit("convolution", "cbr")
        + ["weight": "scale.1", "fineClassifier": "low_classifier", "classifier": "high_classifier"])
  }
}

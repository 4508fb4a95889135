import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// DeepLabV3 (Chen et al. 2017, arXiv:1706.05587), as torchvision has it: atrous spatial pyramid pooling of the deepest
/// features, a 3 x 3 convolution, scores.
public struct DeepLabV3Decoder: SegmentationDecoder {
  public static let (name, title) = ("deeplabv3", "DeepLabV3")
  public static let plan = EncoderPlan(outputStride: 8, convention: .torchvision)
  public static let dropoutByDefault: Float = 0.5
  public static let auxiliaryWeightByDefault: Float = 0.5

  public let pyramid: AtrousPyramid
  public let convolution: ConvNorm
  /// 1 x 1, one output per class.
  public let classifier: Conv2D

  public init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    pyramid = AtrousPyramid(from: channels[channels.count - 1], isSeparable: false, dropout: dropout, random: &random)
    convolution = ConvNorm(from: 256, to: 256, random: &random)
    classifier = Conv2D(from: 256, to: classes, kernel: 1, random: &random)
  }

  public func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    let scores = classifier(convolution(pyramid(features.removeLast())))
    return resize(scores, to: size, .bilinear)
  }

  public static func naming(_ encoder: LayerNaming) -> LayerNaming {
    .torchvision(
      encoder: encoder,
      decoder: AtrousPyramid.names("pyramid", "0", isSeparable: false)
        + ["convolution.convolution": "1", "convolution.norm": "2", "classifier": "4"])
  }
}

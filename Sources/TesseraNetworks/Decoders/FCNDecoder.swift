import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// The head of a fully convolutional network (Long, Shelhamer, Darrell 2015, arXiv:1411.4038) without skips, as
/// torchvision has it: a 3 x 3 convolution of the deepest features, scores.
public struct FCNDecoder: SegmentationDecoder {
  public static let (name, title) = ("fcn", "FCN")
  public static let plan = EncoderPlan(outputStride: 8, convention: .torchvision)
  public static let dropoutByDefault: Float = 0.1
  public static let auxiliaryWeightByDefault: Float = 0.5
  /// torchvision's names.
  static let names = ["convolution.convolution": "0", "convolution.norm": "1", "classifier": "4"]

  public let convolution: ConvNorm
  /// 1 x 1, one output per class.
  public let classifier: Conv2D
  let dropoutRate: Float

  public init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    let deepest = channels[channels.count - 1]
    convolution = ConvNorm(from: deepest, to: deepest / 4, random: &random)
    classifier = Conv2D(from: deepest / 4, to: classes, kernel: 1, random: &random)
    dropoutRate = dropout
  }

  public func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    let scores = classifier(dropout(convolution(features.removeLast()), rate: dropoutRate))
    return resize(scores, to: size, .bilinear)
  }

  public static func naming(_ encoder: LayerNaming) -> LayerNaming {
    .torchvision(encoder: encoder, decoder: names)
  }
}

/// What scores an encoder's earlier features in training, so that its stages get gradients directly too (Zhao et al.
/// 2016, arXiv:1612.01105, section 3.3).
public typealias AuxiliaryHead = FCNDecoder

import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// DeepLabV3+ (Chen et al. 2018, arXiv:1802.02611), as segmentation-models-pytorch has it: atrous spatial pyramid
/// pooling with separable convolutions, joined at 1/4 of the picture's size with 48 channels of the encoder's features.
public struct DeepLabV3PlusDecoder: SegmentationDecoder {
  public static let (name, title) = ("deeplabv3plus", "DeepLabV3+")
  public static let plan = EncoderPlan(outputStride: 16)
  public static let outputStrides = [8, 16]
  public static let dropoutByDefault: Float = 0.5

  public let pyramid: AtrousPyramid
  public let convolution: SeparableConvNorm
  /// 1 x 1, of the features at 1/4.
  public let skip: ConvNorm
  public let joined: SeparableConvNorm
  /// 1 x 1, one output per class.
  public let classifier: Conv2D

  public init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    pyramid = AtrousPyramid(from: channels[channels.count - 1], isSeparable: true, dropout: dropout, random: &random)
    convolution = SeparableConvNorm(from: 256, to: 256, random: &random)
    skip = ConvNorm(from: channels[1], to: 48, kernel: 1, random: &random)
    joined = SeparableConvNorm(from: 48 + 256, to: 256, random: &random)
    classifier = Conv2D(from: 256, to: classes, kernel: 1, random: &random)
  }

  public func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    let fine = features[1]
    let deep = convolution(pyramid(features.removeLast()))
    let enlarged = resize(deep, to: Extent(height: fine.shape[1], width: fine.shape[2]), .bilinearAlignedCorners)
    return resize(classifier(joined(concatenate([enlarged, skip(fine)]))), to: size, .bilinearAlignedCorners)
  }

  public static func naming(_ encoder: LayerNaming) -> LayerNaming {
    .smp(
      encoder: encoder,
      decoder: AtrousPyramid.names("pyramid", "aspp.0", isSeparable: true)
        + [
          "convolution.depthwise": "aspp.1.0", "convolution.pointwise.convolution": "aspp.1.1",
          "convolution.pointwise.norm": "aspp.2",
        ] + LayerNaming.unit("skip", "block1") + AtrousPyramid.separable("joined", "block2"))
  }
}

import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// SegFormer's decoder (Xie et al. 2021, arXiv:2105.15203), as transformers has it: each pixel's features of all sizes, as
/// many channels of each, joined at 1/4 of the picture's size and scored.
public struct SegFormerDecoder: SegmentationDecoder {
  public static let (name, title) = ("segformer", "SegFormer")
  public static let plan = EncoderPlan()
  public static let dropoutByDefault: Float = 0.1

  /// One for each size, the finest first.
  public let projections: [Dense]
  /// 1 x 1, of all sizes.
  public let joined: ConvNorm
  /// 1 x 1, one output per class.
  public let classifier: Conv2D
  let dropoutRate: Float

  public init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    let width = encoder.projectionWidth
    projections = channels.dropFirst().map { Dense(from: $0, to: width, random: &random) }
    joined = ConvNorm(from: width * (channels.count - 1), to: width, kernel: 1, random: &random)
    classifier = Conv2D(from: width, to: classes, kernel: 1, random: &random)
    dropoutRate = dropout
  }

  public func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    let finest = features[1]
    let extent = Extent(height: finest.shape[1], width: finest.shape[2])
    let parts = zip(features.dropFirst(), projections).map { resize($1($0), to: extent, .bilinear) }
    let scores = classifier(dropout(joined(concatenate(parts.reversed())), rate: dropoutRate))
    return resize(scores, to: size, .bilinear)
  }

  public static func networkName(on encoder: String) -> String {
    "\(name)-\(encoder.replacingOccurrences(of: "mit-", with: ""))"
  }

  public static func naming(_ encoder: LayerNaming) -> LayerNaming {
    let projection = encoder.program == LayerNaming.earlyTransformers ? "linear_c" : "linear_projections"
    var names = [
      "joined.convolution": "linear_fuse", "joined.norm": "batch_norm", "classifier": "classifier",
    ]
    for size in 0..<4 { names["projections.\(size)"] = "\(projection).\(size).proj" }
    return LayerNaming(encoder.program, names).nested(at: "decoder", as: "decode_head").joined(
      with: encoder.nested(at: "encoder", as: ""))
  }
}

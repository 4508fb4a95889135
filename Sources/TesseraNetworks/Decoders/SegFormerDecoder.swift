import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// SegFormer's decoder (Xie et al. 2021, arXiv:2105.15203), as transformers has it: each pixel's features of all sizes,
/// as many channels of each, joined at 1/4 of the picture's size and scored.
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
    let joined = features[1].isDescribed ? joinedAsDescribed(features) : joinedEarly(features)
    return resize(classifier(dropout(joined, rate: dropoutRate)), to: size, .bilinear)
  }

  private func joinedAsDescribed(_ features: [Variable]) -> Variable {
    let parts = zip(features.dropFirst(), projections).map { resize($1($0), to: features[1].shape.extent, .bilinear) }
    return joined(concatenate(parts.reversed()))
  }

  /// A 1 x 1 convolution of joined features is a sum, of each size's features with their own part of the filter. That
  /// part and the projection are one matrix; and as enlarging is linear and leaves a constant what it is, it can come
  /// last. So nothing is computed at 1/4 of the picture's size that could be computed at 1/32.
  private func joinedEarly(_ features: [Variable]) -> Variable {
    let parts = features.dropFirst().enumerated().map { level, feature in
      resize(projectedAndJoined(feature, level: level), to: features[1].shape.extent, .bilinear)
    }
    // The finest comes last: it is not enlarged, so the sum can wait for it.
    let coarser = parts[1...].dropLast().reversed().reduce(parts[parts.count - 1], +)
    return activate(joined.norm(parts[0] + coarser), joined.activation)
  }

  /// One size's share of the joined features, at that size.
  private func projectedAndJoined(_ feature: Variable, level: Int) -> Variable {
    let (projection, filter) = (projections[level], joined.convolution.filter)
    let width = filter.shape[3]
    // The coarsest come first in the filter.
    let start = (projections.count - 1 - level) * width
    func part(_ filter: Variable) -> Variable {
      filter.reshaped(to: [filter.shape[2], width]).sliced(start..<start + width, along: 0)
    }
    let matrix = derived(from: [projection.weight, filter], for: "joined projection", level, joining: feature) {
      $0[0].matrixProduct(part($0[1]))
    }
    guard let bias = projection.bias else { return feature.matrixProduct(matrix) }
    let offset = derived(from: [bias, filter], for: "joined projection", level, joining: feature) {
      $0[0].reshaped(to: [1, width]).matrixProduct(part($0[1])).reshaped(to: [width])
    }
    return feature.matrixProduct(matrix) + offset
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

import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// A feature pyramid network (Lin et al. 2016, arXiv:1612.03144) with the segmentation branch of panoptic FPN (Kirillov
/// et al. 2019, arXiv:1901.02446), as segmentation-models-pytorch has it.
///
/// From the deepest features upward, each level is the enlarged level below plus the encoder's features; all levels are
/// brought to 1/4 of the picture's size, added and scored there.
public struct FPNDecoder: SegmentationDecoder {
  public static let (name, title) = ("fpn", "FPN")
  public static let plan = EncoderPlan()
  public static let outputStrides = [32]
  public static let dropoutByDefault: Float = 0.2

  /// 1 x 1, of the deepest features and upward.
  public let laterals: [Conv2D]
  /// What brings each level to 1/4, the deepest first.
  public let branches: [[Unit]]
  /// 1 x 1, one output per class.
  public let classifier: Conv2D
  let dropoutRate: Float

  public init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    laterals = channels.suffix(4).reversed().map { Conv2D(from: $0, to: 256, kernel: 1, random: &random) }
    branches = (0..<4).map { level in
      (0..<max(1, 3 - level)).map { Unit(from: $0 == 0 ? 256 : 128, to: 128, random: &random) }
    }
    classifier = Conv2D(from: 128, to: classes, kernel: 1, random: &random)
    dropoutRate = dropout
  }

  public func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    var skips = features
    var levels = [laterals[0](skips.removeLast())]
    for lateral in laterals.dropFirst() {
      levels.append(upsample(levels[levels.count - 1], by: 2) + lateral(skips.removeLast()))
    }
    let quarters = zip(levels, branches).enumerated().map { index, pair in
      pair.1.reduce(pair.0) { index < 3 ? upsample($1($0), by: 2, .bilinearAlignedCorners) : $1($0) }
    }
    let sum = quarters.dropFirst().reduce(quarters[0], +)
    return resize(classifier(spatialDropout(sum, rate: dropoutRate)), to: size, .bilinearAlignedCorners)
  }

  /// A 3 x 3 convolution, group normalization and ReLU.
  public struct Unit: Module {
    public let convolution: Conv2D
    public let norm: GroupNorm

    init(from inputs: Int, to outputs: Int, random: inout RandomStream) {
      convolution = Conv2D(
        from: inputs, to: outputs, kernel: 3, bias: false, initializer: .heNormal, random: &random)
      norm = GroupNorm(outputs, groups: 32, epsilon: 1e-5)
    }

    func callAsFunction(_ input: Variable) -> Variable { recomputed(input) { relu(norm(convolution($0))) } }
  }

  public static func naming(_ encoder: LayerNaming) -> LayerNaming {
    var names = [
      "laterals.0": "p5", "laterals.1": "p4.skip_conv", "laterals.2": "p3.skip_conv", "laterals.3": "p2.skip_conv",
    ]
    for level in 0..<4 {
      for index in 0..<max(1, 3 - level) {
        names = names + LayerNaming.unit("branches.\(level).\(index)", "seg_blocks.\(level).block.\(index).block")
      }
    }
    return .smp(encoder: encoder, decoder: names)
  }
}

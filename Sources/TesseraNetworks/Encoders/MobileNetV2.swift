import TesseraKernels
import TesseraLayers
import TesseraTensors

/// MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381): 2.2 million parameters.
public enum MobileNetV2: EncoderArchitecture {
  public static let (name, title) = ("mobilenetv2", "MobileNetV2")

  /// Table 2 of the paper: expansion, outputs, blocks, stride.
  private static let rows = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
  ]

  static let table = InvertedResidualEncoder.Table(
    stem: 32, stages: stages(of: rows), last: 1280, activation: .relu6)

  private static func stages(of rows: [(Int, Int, Int, Int)]) -> [[InvertedResidual.Shape]] {
    var inputs = 32
    return rows.map { expansion, outputs, count, stride in
      (0..<count).map { index in
        defer { inputs = outputs }
        return InvertedResidual.Shape(
          kernel: 3, expanded: expansion * inputs, outputs: outputs, stride: index == 0 ? stride : 1, squeezed: nil,
          activation: .relu6)
      }
    }
  }

  public static func makeEncoder(_ plan: EncoderPlan, random: inout RandomStream) -> InvertedResidualEncoder {
    InvertedResidualEncoder(table, plan: plan, random: &random)
  }

  public static func namings(_ plan: EncoderPlan) -> [LayerNaming] {
    var names = LayerNaming.unit("stem", "features.0") + LayerNaming.unit("last", "features.18")
    var number = 1
    for (stage, shapes) in table.stages.enumerated() {
      for index in shapes.indices {
        let (own, foreign) = ("stages.\(stage).\(index)", "features.\(number).conv")
        let first = table.expands(stage, index) ? 1 : 0
        if first == 1 { names = names + LayerNaming.unit("\(own).expansion", "\(foreign).0") }
        names =
          names + LayerNaming.unit("\(own).depthwise", "\(foreign).\(first)")
          // The last convolution and its normalization are not a unit there.
          + [
            "\(own).projection.convolution": "\(foreign).\(first + 1)",
            "\(own).projection.norm": "\(foreign).\(first + 2)",
          ]
        number += 1
      }
    }
    return [
      LayerNaming("torchvision", names, leavingOut: ["classifier"]),
      LayerNaming(
        "timm", table.timmNames + ["last.convolution": "conv_head", "last.norm": "bn2"], leavingOut: ["classifier"]),
      kerasNaming,
    ]
  }

  private static var kerasNaming: LayerNaming {
    var names = [
      "stem.convolution": "Conv1", "stem.norm": "bn_Conv1", "last.convolution": "Conv_1", "last.norm": "Conv_1_bn",
    ]
    var number = 0
    for (stage, shapes) in table.stages.enumerated() {
      for index in shapes.indices {
        let (own, foreign) = ("stages.\(stage).\(index)", number == 0 ? "expanded_conv" : "block_\(number)")
        for (unit, name) in [("expansion", "expand"), ("depthwise", "depthwise"), ("projection", "project")] {
          names["\(own).\(unit).convolution"] = "\(foreign)_\(name)"
          names["\(own).\(unit).norm"] = "\(foreign)_\(name)_BN"
        }
        number += 1
      }
    }
    return LayerNaming(
      "Keras", names, leavingOut: ["predictions"], convention: .keras, normalization: .symmetric,
      variant: EncoderVariant(
        padsEnd: true, batchNorm: BatchNorm.Convention(momentum: 0.999, epsilon: 1e-3, isUnbiased: false)))
  }
}

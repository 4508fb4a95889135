import TesseraKernels
import TesseraLayers
import TesseraTensors

/// EfficientNet-B0 (Tan and Le 2019, arXiv:1905.11946), as torchvision has it: 3.6 million parameters.
public enum EfficientNetB0: EncoderArchitecture {
  public static let (name, title) = ("efficientnet-b0", "EfficientNet-B0")
  public static let stochasticDepth: Float = 0.2

  /// Table 1 of the paper: expansion, window, stride, outputs, blocks.
  private static let rows = [
    (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
  ]

  static let table = InvertedResidualEncoder.Table(
    stem: 32, stages: stages(of: rows), last: nil, activation: .silu, tapsStem: true)

  private static func stages(of rows: [(Int, Int, Int, Int, Int)]) -> [[InvertedResidual.Shape]] {
    var inputs = 32
    return rows.map { expansion, kernel, stride, outputs, count in
      (0..<count).map { index in
        defer { inputs = outputs }
        return InvertedResidual.Shape(
          kernel: kernel, expanded: expansion * inputs, outputs: outputs, stride: index == 0 ? stride : 1,
          squeezed: inputs / 4, activation: .silu)
      }
    }
  }

  public static func makeEncoder(_ plan: EncoderPlan, random: inout RandomStream) -> InvertedResidualEncoder {
    InvertedResidualEncoder(table, plan: plan, random: &random)
  }

  public static func namings(_ plan: EncoderPlan) -> [LayerNaming] {
    var names = LayerNaming.unit("stem", "features.0")
    for (stage, shapes) in table.stages.enumerated() {
      for index in shapes.indices {
        names =
          names
          + table.sequenceNames(
            "stages.\(stage).\(index)", "features.\(stage + 1).\(index).block", stage, index)
      }
    }
    return [
      // The last convolution is only for classification.
      LayerNaming("torchvision", names, leavingOut: ["features.8", "classifier"]),
      LayerNaming("timm", table.timmNames, leavingOut: ["conv_head", "bn2", "classifier"]),
      smpNaming,
    ]
  }

  /// That of efficientnet_pytorch, which segmentation-models-pytorch has taken over: as in TensorFlow.
  private static var smpNaming: LayerNaming {
    var names = ["stem.convolution": "_conv_stem", "stem.norm": "_bn0"]
    var number = 0
    for (stage, shapes) in table.stages.enumerated() {
      for index in shapes.indices {
        let (own, foreign) = ("stages.\(stage).\(index)", "_blocks.\(number)")
        for (norm, unit) in ["expansion", "depthwise", "projection"].enumerated() {
          names["\(own).\(unit).convolution"] = "\(foreign)._\(["expand", "depthwise", "project"][norm])_conv"
          names["\(own).\(unit).norm"] = "\(foreign)._bn\(norm)"
        }
        names["\(own).squeeze.reduction"] = "\(foreign)._se_reduce"
        names["\(own).squeeze.expansion"] = "\(foreign)._se_expand"
        number += 1
      }
    }
    return LayerNaming(
      "efficientnet_pytorch", names, leavingOut: ["_conv_head", "_bn1", "_fc"],
      variant: EncoderVariant(
        padsEnd: true, splitsSixteenth: true,
        batchNorm: BatchNorm.Convention(momentum: 0.99, epsilon: 1e-3, isUnbiased: true)))
  }
}

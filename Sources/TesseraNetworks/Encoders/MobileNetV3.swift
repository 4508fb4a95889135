import TesseraKernels
import TesseraLayers
import TesseraTensors

/// MobileNetV3-Large (Howard et al. 2019, arXiv:1905.02244): 3.0 million parameters.
public enum MobileNetV3: EncoderArchitecture {
  public static let (name, title) = ("mobilenetv3", "MobileNetV3-Large")
  public static let usualDilatedStride = 16
  /// Those at 1/8, as in torchvision.
  public static let auxiliaryFeatures = 2

  static let table = InvertedResidualEncoder.Table(
    stem: 16,
    // Table 1 of the paper: window, expanded channels, outputs, stride, whether channels are weighted, activation.
    stages: [
      [shape(3, 16, 16, 1, false, .relu)],
      [shape(3, 64, 24, 2, false, .relu), shape(3, 72, 24, 1, false, .relu)],
      [shape(5, 72, 40, 2, true, .relu), shape(5, 120, 40, 1, true, .relu), shape(5, 120, 40, 1, true, .relu)],
      [
        shape(3, 240, 80, 2, false, .hardSwish), shape(3, 200, 80, 1, false, .hardSwish),
        shape(3, 184, 80, 1, false, .hardSwish), shape(3, 184, 80, 1, false, .hardSwish),
      ],
      [shape(3, 480, 112, 1, true, .hardSwish), shape(3, 672, 112, 1, true, .hardSwish)],
      [
        shape(5, 672, 160, 2, true, .hardSwish), shape(5, 960, 160, 1, true, .hardSwish),
        shape(5, 960, 160, 1, true, .hardSwish),
      ],
    ],
    last: 960, activation: .hardSwish, gate: .hardSigmoid,
    convention: BatchNorm.Convention(momentum: 0.99, epsilon: 1e-3, isUnbiased: true))

  private static func shape(
    _ kernel: Int, _ expanded: Int, _ outputs: Int, _ stride: Int, _ isWeighted: Bool, _ activation: Activation
  ) -> InvertedResidual.Shape {
    InvertedResidual.Shape(
      kernel: kernel, expanded: expanded, outputs: outputs, stride: stride,
      squeezed: isWeighted ? squeezed(expanded) : nil, activation: activation)
  }

  /// A quarter of the channels, to the nearest multiple of 8 that is not more than 10 % less.
  private static func squeezed(_ channels: Int) -> Int {
    let quarter = channels / 4
    let rounded = max(8, (quarter + 4) / 8 * 8)
    return 10 * rounded < 9 * quarter ? rounded + 8 : rounded
  }

  public static func makeEncoder(_ plan: EncoderPlan, random: inout RandomStream) -> InvertedResidualEncoder {
    InvertedResidualEncoder(table, plan: plan, random: &random)
  }

  public static func namings(_ plan: EncoderPlan) -> [LayerNaming] {
    var names = LayerNaming.unit("stem", "features.0") + LayerNaming.unit("last", "features.16")
    var number = 1
    for (stage, shapes) in table.stages.enumerated() {
      for index in shapes.indices {
        names = names + table.sequenceNames("stages.\(stage).\(index)", "features.\(number).block", stage, index)
        number += 1
      }
    }
    return [
      LayerNaming("torchvision", names, leavingOut: ["classifier"]),
      LayerNaming(
        "timm", table.timmNames + ["last.convolution": "blocks.6.0.conv", "last.norm": "blocks.6.0.bn1"],
        leavingOut: ["conv_head", "classifier"], variant: EncoderVariant(batchNorm: .pyTorch)),
    ]
  }
}

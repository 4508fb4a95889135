import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// What MobileNets and EfficientNets have in common: a convolution, stages of inverted residuals, perhaps a last 1 x 1.
public struct InvertedResidualEncoder: FeatureEncoder {
  /// 3 x 3, to half the size.
  public let stem: ConvNorm
  public let stages: [[InvertedResidual]]
  /// 1 x 1.
  public let last: ConvNorm?
  public let channels: [Int]
  /// The numbers of blocks after which features are taken, counted through all stages; `last` counts as one.
  private let taps: [Int]

  /// The table of a published network.
  public struct Table: Sendable {
    /// The channels of the first convolution.
    var stem: Int
    var stages: [[InvertedResidual.Shape]]
    /// The channels of the last convolution.
    var last: Int?
    /// Of the first and last convolution.
    var activation: Activation
    /// What gives the channels' weights.
    var gate: Activation = .sigmoid
    var convention: BatchNorm.Convention = .pyTorch
    /// Whether the features at half the size are those of the first convolution.
    var tapsStem = false
  }

  init(_ table: Table, plan: EncoderPlan, random: inout RandomStream) {
    let (variant, convention) = (plan.variant, plan.variant.batchNorm ?? table.convention)
    func unit(from inputs: Int, to outputs: Int, kernel: Int, stride: Int) -> ConvNorm {
      ConvNorm(
        from: inputs, to: outputs, kernel: kernel, stride: stride, activation: table.activation,
        convention: convention, padsEnd: variant.padsEnd, random: &random)
    }
    stem = unit(from: plan.inputs, to: table.stem, kernel: 3, stride: 2)
    let shapes = Array(table.stages.joined())
    let taps = Array(table.taps(plan).prefix(plan.depth))
    let isWhole = taps[taps.count - 1] == shapes.count
    var channels = taps.map { $0 == 0 ? table.stem : shapes[$0 - 1].outputs }
    if isWhole, let last = table.last { channels[channels.count - 1] = last }
    let starts = table.starts(variant)
    var count = 0
    stages = table.stages.map { stage in
      stage.compactMap { shape in
        guard count < taps[taps.count - 1] else { return nil }
        // Without dilation the picture would be half as large after each start.
        let (stride, dilation) = plan.stage(from: 1 << starts.count { $0 <= count })
        defer { count += 1 }
        return InvertedResidual(
          from: count == 0 ? table.stem : shapes[count - 1].outputs, shape,
          stride: shape.stride == 2 ? stride : 1, dilation: dilation,
          gate: table.gate, dropRate: plan.stochasticDepth * Float(count) / Float(shapes.count),
          convention: convention, padsEnd: variant.padsEnd, random: &random)
      }
    }
    last = isWhole ? table.last.map { unit(from: shapes[shapes.count - 1].outputs, to: $0, kernel: 1, stride: 1) } : nil
    (self.taps, self.channels) = (taps, channels)
  }

  public func features(of images: Variable) -> [Variable] {
    var input = stem(images)
    var features = taps[0] == 0 ? [input] : []
    for (index, block) in stages.joined().enumerated() {
      input = block(consume input)
      if taps.contains(index + 1) { features.append(input) }
    }
    if let last { features[features.count - 1] = last(input) }
    return features
  }
}

extension InvertedResidualEncoder.Table {
  /// The numbers of blocks after which features of 1/2 to 1/32 of the size are taken.
  func taps(_ plan: EncoderPlan) -> [Int] {
    let (starts, count) = (starts(plan.variant), stages.joined().count)
    return switch plan.convention {
    case .smp: [tapsStem ? 0 : starts[0]] + starts.dropFirst() + [count]
    case .torchvision: [0] + starts.prefix(3).map { $0 + 1 } + [count]
    }
  }

  /// The numbers of the blocks with which 1/4 to 1/32 of the size begin.
  func starts(_ variant: EncoderVariant) -> [Int] {
    let firsts = stages.indices.map { stages[..<$0].joined().count }
    let strided = stages.indices.filter { stages[$0][0].stride == 2 }
    var starts = strided.map { firsts[$0] }
    // After the first block of the stage before.
    if variant.splitsSixteenth { starts[3] = firsts[strided[3] - 1] + 1 }
    return starts
  }

  /// The names of timm, whose stages are the table's.
  var timmNames: [String: String] {
    var names = ["stem.convolution": "conv_stem", "stem.norm": "bn1"]
    for (stage, shapes) in stages.enumerated() {
      for index in shapes.indices {
        let (own, foreign) = ("stages.\(stage).\(index)", "blocks.\(stage).\(index)")
        // A block without expansion has its two convolutions' names.
        let units = expands(stage, index) ? ["expansion", "depthwise", "projection"] : ["depthwise", "projection"]
        let convolutions = expands(stage, index) ? ["conv_pw", "conv_dw", "conv_pwl"] : ["conv_dw", "conv_pw"]
        for (number, unit) in units.enumerated() {
          names["\(own).\(unit).convolution"] = "\(foreign).\(convolutions[number])"
          names["\(own).\(unit).norm"] = "\(foreign).bn\(number + 1)"
        }
        names["\(own).squeeze.reduction"] = "\(foreign).se.conv_reduce"
        names["\(own).squeeze.expansion"] = "\(foreign).se.conv_expand"
      }
    }
    return names
  }

  /// Whether a block has more channels inside than at its input.
  func expands(_ stage: Int, _ index: Int) -> Bool {
    let inputs = index > 0 ? stages[stage][index - 1].outputs : stage > 0 ? stages[stage - 1].last?.outputs : stem
    return stages[stage][index].expanded != inputs
  }

  /// torchvision's names of a block's layers in their sequence, `block` in MobileNetV3 and EfficientNet.
  func sequenceNames(_ own: String, _ foreign: String, _ stage: Int, _ index: Int) -> [String: String] {
    let shape = stages[stage][index]
    var layers = expands(stage, index) ? ["expansion", "depthwise"] : ["depthwise"]
    if shape.squeezed != nil { layers.append("squeeze") }
    layers.append("projection")
    var names: [String: String] = [:]
    for (number, layer) in layers.enumerated() {
      if layer == "squeeze" {
        names["\(own).squeeze.reduction"] = "\(foreign).\(number).fc1"
        names["\(own).squeeze.expansion"] = "\(foreign).\(number).fc2"
      } else {
        names = names + LayerNaming.unit("\(own).\(layer)", "\(foreign).\(number)")
      }
    }
    return names
  }
}

import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// A residual network (He et al. 2015, arXiv:1512.03385), with the stride of a bottleneck in its 3 x 3 convolution
/// ("version 1.5", as torchvision and timm have it) unless the plan's variant says otherwise.
public struct ResNet: FeatureEncoder {
  /// 7 x 7, to half the size.
  public let stem: ConvNorm
  /// Four, at 1/4 to 1/32 of the size.
  public let stages: [[ResidualBlock]]
  public let channels: [Int]

  /// - Parameters:
  ///   - blocks: the number of blocks in each of four stages.
  ///   - isBottleneck: whether blocks have three convolutions instead of two, and four times as many outputs.
  ///   - plan: what the decoder needs.
  ///   - random: what the initial weights are drawn from.
  public init(blocks: [Int], isBottleneck: Bool, plan: EncoderPlan, random: inout RandomStream) {
    stem = ConvNorm(
      from: plan.inputs, to: 64, kernel: 7, stride: 2, convention: plan.variant.batchNorm ?? .pyTorch, random: &random)
    var (stages, channels): ([[ResidualBlock]], [Int]) = ([], [64])
    var dilation = 1
    for (index, count) in blocks.prefix(plan.depth - 1).enumerated() {
      let width = 64 << index
      let (stride, next) = index == 0 ? (1, 1) : plan.stage(from: 2 << index)
      let first = plan.convention == .torchvision ? dilation : next
      var stage: [ResidualBlock] = []
      for block in 0..<count {
        let inputs = stage.last?.outputs ?? channels[index]
        stage.append(
          ResidualBlock(
            from: inputs, width: width, stride: block == 0 ? stride : 1, dilation: block == 0 ? first : next,
            isBottleneck: isBottleneck, variant: plan.variant, random: &random))
      }
      dilation = next
      stages.append(stage)
      channels.append(isBottleneck ? 4 * width : width)
    }
    (self.stages, self.channels) = (stages, channels)
  }

  public func features(of images: Variable) -> [Variable] {
    var features = [stem(images)]
    var input = maxPool(features[0], window: 3, stride: 2, padding: .explicit(1))
    for stage in stages {
      for block in stage { input = block(consume input) }
      features.append(input)
    }
    return features
  }
}

/// Two 3 x 3 convolutions, or a 3 x 3 between two 1 x 1 (a bottleneck), whose result is added to the input.
public struct ResidualBlock: Layer {
  /// The last one without an activation, which follows the addition.
  public let convolutions: [ConvNorm]
  /// 1 x 1, where the input has another shape than the result.
  public let shortcut: ConvNorm?

  /// The number of output channels.
  public var outputs: Int { convolutions[convolutions.count - 1].norm.scale.shape[0] }

  /// Creates a block whose 3 x 3 convolutions have `width` channels.
  public init(
    from inputs: Int, width: Int, stride: Int, dilation: Int, isBottleneck: Bool,
    variant: EncoderVariant = EncoderVariant(), random: inout RandomStream
  ) {
    let outputs = isBottleneck ? 4 * width : width
    func unit(
      _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1, dilation: Int = 1,
      _ activation: Activation = .relu
    ) -> ConvNorm {
      ConvNorm(
        from: inputs, to: outputs, kernel: kernel, stride: stride, dilation: dilation, activation: activation,
        convention: variant.batchNorm ?? .pyTorch, random: &random)
    }
    if isBottleneck {
      let (first, second) = variant.stridesFirst ? (stride, 1) : (1, stride)
      convolutions = [
        unit(inputs, width, stride: first),
        unit(width, width, kernel: 3, stride: second, dilation: dilation),
        unit(width, outputs, .identity),
      ]
    } else {
      convolutions = [
        unit(inputs, width, kernel: 3, stride: stride, dilation: dilation),
        unit(width, outputs, kernel: 3, dilation: dilation, .identity),
      ]
    }
    shortcut = inputs == outputs && stride == 1 ? nil : unit(inputs, outputs, stride: stride, .identity)
  }

  /// `[batch, height, width, inputs]` -> `[batch, height / stride, width / stride, outputs]`.
  public func callAsFunction(_ input: consuming Variable) -> Variable { recomputed(consume input, by: compute) }

  private func compute(_ input: consuming Variable) -> Variable {
    let identity = shortcut.map { $0(copy input) } ?? copy input
    var features = consume input
    for convolution in convolutions { features = convolution(consume features) }
    return relu(consume features + identity)
  }
}

/// ResNet-18: 11.2 million parameters.
public enum ResNet18: ResNetArchitecture {
  public static let (name, title, blocks, isBottleneck) = ("resnet18", "ResNet-18", [2, 2, 2, 2], false)
}

/// ResNet-34: 21.3 million parameters.
public enum ResNet34: ResNetArchitecture {
  public static let (name, title, blocks, isBottleneck) = ("resnet34", "ResNet-34", [3, 4, 6, 3], false)
}

/// ResNet-50: 23.5 million parameters.
public enum ResNet50: ResNetArchitecture {
  public static let (name, title, blocks, isBottleneck) = ("resnet50", "ResNet-50", [3, 4, 6, 3], true)
}

/// ResNet-101: 42.5 million parameters.
public enum ResNet101: ResNetArchitecture {
  public static let (name, title, blocks, isBottleneck) = ("resnet101", "ResNet-101", [3, 4, 23, 3], true)
}

/// A residual network by its numbers of blocks.
public protocol ResNetArchitecture: EncoderArchitecture where Features == ResNet {
  /// In each of the four stages.
  static var blocks: [Int] { get }
  /// Whether blocks have three convolutions.
  static var isBottleneck: Bool { get }
}

extension ResNetArchitecture {
  public static func makeEncoder(_ plan: EncoderPlan, random: inout RandomStream) -> ResNet {
    ResNet(blocks: blocks, isBottleneck: isBottleneck, plan: plan, random: &random)
  }

  public static func namings(_ plan: EncoderPlan) -> [LayerNaming] {
    var names = ["stem.convolution": "conv1", "stem.norm": "bn1"]
    for (stage, count) in blocks.enumerated() {
      for block in 0..<count {
        let (own, foreign) = ("stages.\(stage).\(block)", "layer\(stage + 1).\(block)")
        for index in 0..<3 {
          names["\(own).convolutions.\(index).convolution"] = "\(foreign).conv\(index + 1)"
          names["\(own).convolutions.\(index).norm"] = "\(foreign).bn\(index + 1)"
        }
        names["\(own).shortcut.convolution"] = "\(foreign).downsample.0"
        names["\(own).shortcut.norm"] = "\(foreign).downsample.1"
      }
    }
    // timm has torchvision's names.
    return [LayerNaming("torchvision", names, leavingOut: ["fc"])] + (isBottleneck ? [kerasNaming] : [])
  }

  /// Keras' version 1; its convolutions have biases.
  private static var kerasNaming: LayerNaming {
    var pairs = [("stem.convolution", "conv1_conv"), ("stem.norm", "conv1_bn")]
    for (stage, count) in blocks.enumerated() {
      for block in 0..<count {
        let (own, foreign) = ("stages.\(stage).\(block)", "conv\(stage + 2)_block\(block + 1)")
        // The shortcut is made before the last convolution there.
        for (number, unit) in [(1, "convolutions.0"), (2, "convolutions.1"), (0, "shortcut"), (3, "convolutions.2")] {
          pairs.append(("\(own).\(unit).convolution", "\(foreign)_\(number)_conv"))
          pairs.append(("\(own).\(unit).norm", "\(foreign)_\(number)_bn"))
        }
      }
    }
    var naming = LayerNaming(
      "Keras", Dictionary(pairs) { first, _ in first }, leavingOut: ["predictions"], convention: .keras,
      normalization: .caffe,
      variant: EncoderVariant(
        stridesFirst: true, batchNorm: BatchNorm.Convention(momentum: 0.99, epsilon: 1.001e-5, isUnbiased: false)))
    naming.biasesAreFolded = true
    naming.sequence = pairs.map(\.0)
    return naming
  }
}

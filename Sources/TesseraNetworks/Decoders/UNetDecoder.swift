import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// U-Net's decoder (Ronneberger, Fischer, Brox 2015, arXiv:1505.04597) for any encoder, as segmentation-models-pytorch
/// has it: each block doubles the size by repeating pixels, joins the encoder's features of that size, and convolves
/// twice.
public struct UNetDecoder: SegmentationDecoder {
  public static let (name, title) = ("unet", "U-Net")
  public static let plan = EncoderPlan()
  public static let outputStrides = [32]

  /// Two convolutions of the deepest features, for an encoder that wants them, such as VGG's.
  public let center: Block?
  /// From the deepest level upward.
  public let blocks: [Block]
  /// 3 x 3, one output per class.
  public let classifier: Conv2D

  public init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    let deepest = channels[channels.count - 1]
    center = encoder.wantsCenter ? Block(from: deepest, to: deepest, random: &random) : nil
    // The last block has no features to join.
    let skips = channels.dropLast().reversed() + [0]
    let widths = Self.widths
    blocks = zip(skips, widths).enumerated().map { level, pair in
      Block(from: (level == 0 ? deepest : widths[level - 1]) + pair.0, to: pair.1, random: &random)
    }
    classifier = Conv2D(from: widths[widths.count - 1], to: classes, kernel: 3, random: &random)
  }

  /// The channels of the blocks.
  static let widths = [256, 128, 64, 32, 16]

  public func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    var skips = features
    var input = skips.removeLast()
    if let center { input = center(consume input) }
    for block in blocks { input = block(consume input, joining: skips.popLast()) }
    return classifier(input)
  }

  /// Two 3 x 3 convolutions.
  public struct Block: Module {
    public let first: ConvNorm
    public let second: ConvNorm

    init(from inputs: Int, to outputs: Int, random: inout RandomStream) {
      first = ConvNorm(from: inputs, to: outputs, random: &random)
      second = ConvNorm(from: outputs, to: outputs, random: &random)
    }

    func callAsFunction(_ input: consuming Variable) -> Variable {
      let features = first(consume input)
      return second(consume features)
    }

    /// `[batch, h, w, channels]` and what it is joined with -> `[batch, 2 h, 2 w, outputs]`.
    func callAsFunction(_ input: consuming Variable, joining skip: consuming Variable?) -> Variable {
      let enlarged = upsample(consume input, by: 2)
      guard let skip, skip.shape[3] > 0 else { return self(consume enlarged) }
      return self(concatenate([consume enlarged, consume skip]))
    }

    /// segmentation-models-pytorch's names.
    static func names(_ path: String, _ first: String, _ second: String) -> [String: String] {
      LayerNaming.unit("\(path).first", first) + LayerNaming.unit("\(path).second", second)
    }
  }

  public static func naming(_ encoder: LayerNaming) -> LayerNaming {
    let blocks = widths.indices.map { Block.names("blocks.\($0)", "blocks.\($0).conv1", "blocks.\($0).conv2") }
    return .smp(encoder: encoder, decoder: blocks.reduce(Block.names("center", "center.0", "center.1"), +))
  }
}

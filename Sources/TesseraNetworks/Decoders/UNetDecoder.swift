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
  public static let hasEarlierResults = true

  /// Two convolutions of the deepest features, for an encoder that wants them, such as VGG's.
  public let center: DecoderBlock?
  /// From the deepest level upward.
  public let blocks: [DecoderBlock]
  /// 3 x 3, one output per class.
  public let classifier: Conv2D

  public init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    let deepest = channels[channels.count - 1]
    center = encoder.wantsCenter ? DecoderBlock(from: deepest, to: deepest, random: &random) : nil
    // The last block has no features to join.
    let skips = channels.dropLast().reversed() + [0]
    let widths = DecoderBlock.widths
    blocks = zip(skips, widths).enumerated().map { level, pair in
      DecoderBlock(from: (level == 0 ? deepest : widths[level - 1]) + pair.0, to: pair.1, random: &random)
    }
    classifier = Conv2D(from: widths[widths.count - 1], to: classes, kernel: 3, random: &random)
  }

  public func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    self(features, size: size) { _ in }
  }

  /// The blocks whose results deep supervision scores: all but the smallest, as in nnU-Net, and the last.
  private var earlier: Range<Int> { 1..<blocks.count - 1 }

  public var earlierChannels: [Int] { Array(DecoderBlock.widths[earlier]) }

  public func callAsFunction(
    _ features: consuming [Variable], size: Extent, telling tell: (Variable) -> Void
  ) -> Variable {
    var skips = features
    var input = skips.removeLast()
    if let center { input = center(consume input) }
    for (level, block) in blocks.enumerated() {
      input = block(consume input, joining: skips.popLast())
      if earlier.contains(level) { tell(input) }
    }
    return classifier(input)
  }

  public static func naming(_ encoder: LayerNaming) -> LayerNaming {
    let blocks = DecoderBlock.widths.indices.map {
      DecoderBlock.names("blocks.\($0)", "blocks.\($0).conv1", "blocks.\($0).conv2")
    }
    return .smp(encoder: encoder, decoder: blocks.reduce(DecoderBlock.names("center", "center.0", "center.1"), +))
  }
}

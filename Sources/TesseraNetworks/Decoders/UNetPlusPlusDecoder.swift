import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// U-Net++ (Zhou et al. 2018, arXiv:1807.10165), as segmentation-models-pytorch has it: a triangle of blocks, each of
/// which joins all features of its size with the enlarged ones from below.
///
/// Block j of a row enlarges the result of block j - 1 of the row below, or for j = 0 the encoder's features, and joins
/// the encoder's features and the j results of its own size.
public struct UNetPlusPlusDecoder: SegmentationDecoder {
  public static let (name, title) = ("unetplusplus", "U-Net++")
  public static let plan = EncoderPlan()
  public static let outputStrides = [32]
  public static let hasEarlierResults = true

  /// From the second deepest size upward; in each row from the encoder's side. Where the encoder has no features of a
  /// size, only the row's last block exists.
  public let rows: [[DecoderBlock?]]
  /// From half the size to the full one.
  public let last: DecoderBlock
  /// 3 x 3, one output per class.
  public let classifier: Conv2D
  /// The row whose results are those of U-Nets of every depth, the largest that has several; deep supervision scores
  /// all but the last, which is that of the whole network.
  private let supervisedRow: Int
  /// Of the encoder's features, and so of these results.
  public let earlierChannels: [Int]

  public init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    let widths = DecoderBlock.widths
    let skips = Array(channels.dropLast().reversed())
    let deepest = channels[channels.count - 1]
    rows = skips.indices.map { row in
      (0...row).map { column in
        let isLast = column == row
        let inputs = row == 0 ? deepest : isLast ? widths[row - 1] : skips[row - 1]
        let outputs = isLast ? widths[row] : skips[row]
        return outputs == 0
          ? nil : DecoderBlock(from: inputs + skips[row] * (column + 1), to: outputs, random: &random)
      }
    }
    supervisedRow = skips.lastIndex { $0 > 0 } ?? 0
    earlierChannels = [Int](repeating: skips[supervisedRow], count: supervisedRow)
    last = DecoderBlock(from: widths[3], to: widths[4], random: &random)
    classifier = Conv2D(from: widths[4], to: classes, kernel: 3, random: &random)
  }

  public func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    self(features, size: size) { _ in }
  }

  public func callAsFunction(
    _ features: consuming [Variable], size: Extent, telling tell: (Variable) -> Void
  ) -> Variable {
    // What the row below has computed, the encoder's features first.
    var below = [features.removeLast()]
    let skips = Array(features.reversed())
    for (row, blocks) in rows.enumerated() {
      var found = [skips[row]]
      for (column, block) in blocks.enumerated() {
        guard let block else { continue }
        let joined = found.reversed().filter { $0.shape[3] > 0 }
        found.append(block(below[column], joining: joined.isEmpty ? nil : concatenate(joined)))
      }
      if row == supervisedRow { for result in found.dropFirst().dropLast() { tell(result) } }
      below = found
    }
    return classifier(last(below[below.count - 1], joining: nil))
  }

  public static func naming(_ encoder: LayerNaming) -> LayerNaming {
    var names = DecoderBlock.names("last", "blocks.x_0_4.conv1", "blocks.x_0_4.conv2")
    for row in 0..<4 {
      for column in 0...row {
        let foreign = "blocks.x_\(row - column)_\(row)"
        names = names + DecoderBlock.names("rows.\(row).\(column)", "\(foreign).conv1", "\(foreign).conv2")
      }
    }
    return .smp(encoder: encoder, decoder: names)
  }
}

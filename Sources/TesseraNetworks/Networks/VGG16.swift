import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// The thirteen convolutions and five pools of VGG-16 (Simonyan and Zisserman 2014, arXiv:1409.1556): 14,714,688
/// parameters at full width.
public struct VGG16: Module {
  /// Convolutions of one size, before a pool.
  public struct Block: Module {
    /// 3 x 3, each with ReLU.
    public let convolutions: [Conv2D]

    public func callAsFunction(_ input: Variable) -> Variable {
      maxPool(convolutions.reduce(input) { $1($0) }, window: 2)
    }
  }

  /// Five, from the full size downwards.
  public let blocks: [Block]

  /// The channels of the five blocks for a first block of `width` channels.
  public static func widths(_ width: Int) -> [Int] { [1, 2, 4, 8, 8].map { $0 * width } }

  /// - Parameters:
  ///   - channels: of the picture.
  ///   - width: channels of the first block, 64 in the paper.
  ///   - random: where the first weights are drawn from.
  public init(from channels: Int = 3, width: Int = 64, random: inout RandomStream) {
    var inputs = channels
    var blocks: [Block] = []
    for (outputs, count) in zip(Self.widths(width), [2, 2, 3, 3, 3]) {
      blocks.append(
        Block(
          convolutions: (0..<count).map { index in
            Conv2D(
              from: index == 0 ? inputs : outputs, to: outputs, kernel: 3, activation: .relu, random: &random)
          }))
      inputs = outputs
    }
    self.blocks = blocks
  }

  /// The results of the five pools, at 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture's size.
  public func features(of images: Variable) -> [Variable] {
    var features: [Variable] = []
    for block in blocks { features.append(block(features.last ?? images)) }
    return features
  }
}

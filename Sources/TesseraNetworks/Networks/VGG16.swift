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
      recomputed(input) { maxPool(convolutions.reduce($0) { $1($0) }, window: 2) }
    }
  }

  /// Five, from the full size downward.
  public let blocks: [Block]

  /// The channels of the five blocks for a first block of `width` channels.
  public static func widths(_ width: Int) -> [Int] { [1, 2, 4, 8, 8].map { $0 * width } }

  /// The number of convolutions in each block: column D of the paper's table 1.
  static let depths = [2, 2, 3, 3, 3]

  /// - Parameters:
  ///   - channels: of the picture.
  ///   - width: channels of the first block, 64 in the paper.
  ///   - random: what the initial weights are drawn from.
  public init(from channels: Int = 3, width: Int = 64, random: inout RandomStream) {
    var inputs = channels
    var blocks: [Block] = []
    for (outputs, count) in zip(Self.widths(width), Self.depths) {
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

extension VGG16 {
  /// The weights of Keras, torchvision and timm.
  ///
  /// - Parameters:
  ///   - part: the property path at which a network has its `VGG16`.
  ///   - fc6: the path of the first dense layer, where a network has it as a convolution.
  ///   - fc7: that of the second.
  public static func weightTables(at part: String, fc6: String? = nil, fc7: String? = nil) -> [WeightTable] {
    let blocks = paths(at: part)
    // ImageNet's scores have no place in a segmentation network.
    func dense(_ first: String, _ second: String, scores: String) -> [WeightTable.Layer] {
      [.dense(first, fc6), .dense(second, fc7), .dense(scores, nil)]
    }
    // They come from Caffe.
    let tables = [
      WeightTable(
        "Keras VGG-16", convention: .keras, normalization: .caffe, part: part,
        layers: kerasLayers(at: part) + dense("fc1", "fc2", scores: "predictions"))
    ]
    return [false, true].reduce(tables) { tables, hasNorms in
      func table(_ program: String, dense: [WeightTable.Layer]) -> WeightTable {
        WeightTable(
          "\(program) VGG-16\(hasNorms ? "-BN" : "")", convention: .pyTorch, normalization: .torchvision, part: part,
          layers: numberedLayers(blocks, hasNorms: hasNorms) + dense)
      }
      return tables + [
        table("torchvision", dense: dense("classifier.0", "classifier.3", scores: "classifier.6")),
        // There the dense layers are convolutions, except for the scores.
        table(
          "timm",
          dense: [
            .convolution("pre_logits.fc1", fc6), .convolution("pre_logits.fc2", fc7), .dense("head.fc", nil),
          ]),
      ]
    }
  }

  /// The convolutions as Keras names them.
  static func kerasLayers(at part: String) -> [WeightTable.Layer] {
    paths(at: part).enumerated().flatMap { block, paths in
      paths.enumerated().map { .convolution("block\(block + 1)_conv\($0 + 1)", $1) }
    }
  }

  /// The property paths of each block's convolutions in a network that has its `VGG16` at `part`.
  private static func paths(at part: String) -> [[String]] {
    depths.enumerated().map { block, depth in
      (0..<depth).map { "\(part).blocks.\(block).convolutions.\($0)" }
    }
  }

  /// The convolutions at these paths as torchvision and timm number them, counting ReLUs and pools too.
  private static func numberedLayers(_ blocks: [[String]], hasNorms: Bool) -> [WeightTable.Layer] {
    var layers: [WeightTable.Layer] = []
    var number = 0
    for paths in blocks {
      for path in paths {
        layers.append(.convolution("features.\(number)", path))
        if hasNorms { layers.append(.batchNormalization("features.\(number + 1)", nil, after: path)) }
        number += hasNorms ? 3 : 2
      }
      number += 1
    }
    return layers
  }
}

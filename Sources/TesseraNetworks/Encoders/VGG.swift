import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// VGG-16 (Simonyan and Zisserman 2014, arXiv:1409.1556) as an encoder, with or without batch normalization.
///
/// Its pools halve the picture's size, so it has an output stride of 32.
public struct VGG: FeatureEncoder {
  /// Five, from the full size downward; all but the last are followed by a pool.
  public let blocks: [[any Layer]]
  public let channels: [Int]

  /// - Parameters:
  ///   - isNormalized: whether batch normalization follows each convolution.
  ///   - plan: what the decoder needs.
  ///   - random: what the initial weights are drawn from.
  public init(isNormalized: Bool, plan: EncoderPlan, random: inout RandomStream) {
    var inputs = plan.inputs
    var blocks: [[any Layer]] = []
    for (outputs, count) in zip(VGG16.widths(64), VGG16.depths).prefix(plan.depth + 1) {
      var block: [any Layer] = []
      for _ in 0..<count {
        if isNormalized {
          block.append(ConvNorm(from: inputs, to: outputs, bias: true, random: &random))
        } else {
          block.append(
            Conv2D(
              from: inputs, to: outputs, kernel: 3, activation: .relu, initializer: .heNormal, random: &random))
        }
        inputs = outputs
      }
      blocks.append(block)
    }
    self.blocks = blocks
    channels = Array([128, 256, 512, 512, 512].prefix(plan.depth))
  }

  public func features(of images: Variable) -> [Variable] {
    var features: [Variable] = []
    for (index, block) in blocks.enumerated() {
      let input = index == 0 ? images : maxPool(features[index - 1], window: 2)
      features.append(recomputed(input) { block.reduce($0) { $1($0) } })
    }
    // What is at the full size is not among them; the last pool's result is.
    if channels.count == 5 { features.append(maxPool(features[4], window: 2)) }
    return Array(features.dropFirst())
  }
}

/// VGG-16: 14.7 million parameters.
public enum VGG16Encoder: VGGArchitecture {
  public static let (name, title, isNormalized) = ("vgg16", "VGG-16", false)
}

/// VGG-16 with batch normalization: 14.7 million parameters.
public enum VGG16NormalizedEncoder: VGGArchitecture {
  public static let (name, title, isNormalized) = ("vgg16bn", "VGG-16-BN", true)
}

/// VGG-16 with or without batch normalization.
public protocol VGGArchitecture: EncoderArchitecture where Features == VGG {
  /// Whether batch normalization follows each convolution.
  static var isNormalized: Bool { get }
}

extension VGGArchitecture {
  public static var outputStrides: [Int] { [32] }
  public static var wantsCenter: Bool { true }

  public static func makeEncoder(_ plan: EncoderPlan, random: inout RandomStream) -> VGG {
    VGG(isNormalized: isNormalized, plan: plan, random: &random)
  }

  public static func namings(_ plan: EncoderPlan) -> [LayerNaming] {
    var names: [String: String] = [:]
    // Layers are counted with their ReLUs and pools.
    var number = 0
    for (block, count) in VGG16.depths.enumerated() {
      for index in 0..<count {
        let path = "blocks.\(block).\(index)"
        names[isNormalized ? "\(path).convolution" : path] = "features.\(number)"
        if isNormalized { names["\(path).norm"] = "features.\(number + 1)" }
        number += isNormalized ? 3 : 2
      }
      number += 1
    }
    return [LayerNaming("torchvision", names, leavingOut: ["classifier", "pre_logits", "head"])]
      + (isNormalized ? [] : [kerasNaming])
  }

  private static var kerasNaming: LayerNaming {
    var names: [String: String] = [:]
    for (block, count) in VGG16.depths.enumerated() {
      for index in 0..<count { names["blocks.\(block).\(index)"] = "block\(block + 1)_conv\(index + 1)" }
    }
    return LayerNaming(
      "Keras", names, leavingOut: ["fc1", "fc2", "predictions"], convention: .keras, normalization: .caffe)
  }
}

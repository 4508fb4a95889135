import TesseraNetworks

/// The program that weights come from: it decides how their arrays are named and laid out, and what they expect of
/// pixels.
public enum WeightsSource: String, Sendable, CaseIterable, CustomStringConvertible {
  /// `keras.applications.VGG16`, whose weights come from Caffe.
  case keras = "Keras"
  /// `torchvision.models.vgg16`.
  case torchvision
  /// `torchvision.models.vgg16_bn`, with a batch normalization behind each convolution.
  case torchvisionBatchNorm = "torchvision (batch normalization)"
  /// timm's `vgg16`, whose dense layers are stored as convolutions.
  case timm
  /// timm's `vgg16_bn`.
  case timmBatchNorm = "timm (batch normalization)"

  public var description: String { rawValue }

  /// What the weights expect of pixels.
  public var normalization: ImageNormalization { self == .keras ? .caffe : .torchvision }

  var hasBatchNorm: Bool { self == .torchvisionBatchNorm || self == .timmBatchNorm }
  var isTimm: Bool { self == .timm || self == .timmBatchNorm }

  /// The source that arrays of these names come from, if it is known.
  init?(names: Set<String>) {
    if names.contains(where: { $0.hasPrefix("block1_conv1/") }) {
      self = .keras
    } else if names.contains(where: { $0.hasPrefix("features.") }) {
      let isTimm = names.contains { $0.hasPrefix("pre_logits.") || $0.hasPrefix("head.") }
      // The second layer: a ReLU has no weights.
      let hasBatchNorm = names.contains { $0.hasPrefix("features.1.") }
      self = isTimm ? (hasBatchNorm ? .timmBatchNorm : .timm) : (hasBatchNorm ? .torchvisionBatchNorm : .torchvision)
    } else {
      return nil
    }
  }
}

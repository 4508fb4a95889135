import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// The part of a network that sees the picture: features at several sizes, from which a decoder scores pixels.
public protocol FeatureEncoder: Module {
  /// The channels of each element of `features(of:)`.
  var channels: [Int] { get }

  /// Normalized pictures `[batch, height, width, channels]` -> features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the size, as
  /// many as the plan's depth; none is smaller than 1 / output stride.
  func features(of images: Variable) -> [Variable]
}

/// What a decoder needs of an encoder.
public struct EncoderPlan: Sendable, Hashable {
  /// The channels of the picture.
  public var inputs: Int
  /// How many times smaller than the picture the smallest features are: 8, 16 or 32. Where layers would make them
  /// smaller, their filters are dilated instead (Chen et al. 2017, arXiv:1706.05587).
  public var outputStride: Int
  /// The number of sizes that are computed, at most 5.
  public var depth: Int
  /// The probability with which training drops a branch of an encoder's last block; from 0 at the first block it grows
  /// linearly (Huang et al. 2016, arXiv:1603.09382).
  public var stochasticDepth: Float
  /// What the decoder expects of details in which programs differ.
  public var convention: Convention
  /// Details of the program that the encoder's weights come from.
  public var variant: EncoderVariant

  /// Details in which programs differ.
  public enum Convention: Sendable, Hashable {
    /// segmentation-models-pytorch: where a dilation replaces the stride of a stage, all of the stage's windows are
    /// dilated; features are a stage's last.
    case smp
    /// torchvision: the first block of such a stage of a ResNet has the dilation of the stage before it; of
    /// MobileNets, features are those of a stage's first block.
    case torchvision
  }

  public init(
    inputs: Int = 3, outputStride: Int = 32, depth: Int = 5, stochasticDepth: Float = 0, convention: Convention = .smp,
    variant: EncoderVariant = EncoderVariant()
  ) {
    self.inputs = inputs
    self.outputStride = outputStride
    self.depth = depth
    self.stochasticDepth = stochasticDepth
    self.convention = convention
    self.variant = variant
  }

  /// How a stage that would go from 1 / `reduction` of the picture's size to half of that does so.
  func stage(from reduction: Int) -> (stride: Int, dilation: Int) {
    let dilation = max(1, 2 * reduction / outputStride)
    return (stride: dilation > 1 ? 1 : 2, dilation: dilation)
  }
}

/// A published encoder: a name, and how it is built.
public protocol EncoderArchitecture: Sendable {
  associatedtype Features: FeatureEncoder

  /// The name on the command line and in files: `resnet34`.
  static var name: String { get }

  /// The name as written in papers: `ResNet-34`.
  static var title: String { get }

  /// What pretrained weights expect of pixels.
  static var normalization: ImageNormalization { get }

  /// The output strides that it can have.
  static var outputStrides: [Int] { get }

  /// The smallest output stride that published networks give it by dilation.
  static var usualDilatedStride: Int { get }

  /// What height and width of a picture must be multiples of, even if only large features are computed: a power of 2.
  static var sizeMultiple: Int { get }

  /// Whether U-Nets convolve the deepest features twice before they decode them.
  static var wantsCenter: Bool { get }

  /// The channels to which SegFormer's decoder brings the features of each size.
  static var projectionWidth: Int { get }

  /// The probability with which training drops a branch of the last block, by default.
  static var stochasticDepth: Float { get }

  /// Which element of `features(of:)` auxiliary scores are of.
  static var auxiliaryFeatures: Int { get }

  /// Returns an encoder with fresh weights, which are drawn on first use.
  static func makeEncoder(_ plan: EncoderPlan, random: inout RandomStream) -> Features

  /// What other programs call the layers of an encoder that was made for `plan`; the first naming is also that of
  /// networks of segmentation-models-pytorch and torchvision.
  static func namings(_ plan: EncoderPlan) -> [LayerNaming]
}

extension EncoderArchitecture {
  /// ImageNet's in red, green, blue.
  public static var normalization: ImageNormalization { .torchvision }

  /// Any.
  public static var sizeMultiple: Int { 1 }

  /// They do not.
  public static var wantsCenter: Bool { false }

  /// 256.
  public static var projectionWidth: Int { 256 }

  /// None.
  public static var stochasticDepth: Float { 0 }

  /// The last but one, as torchvision has it for ResNets.
  public static var auxiliaryFeatures: Int { 3 }

  /// All.
  public static var outputStrides: [Int] { [8, 16, 32] }

  /// 8.
  public static var usualDilatedStride: Int { 8 }
}

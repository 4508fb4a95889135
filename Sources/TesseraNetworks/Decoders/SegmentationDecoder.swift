import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// The part of a network that scores pixels, from an encoder's features.
public protocol SegmentationDecoder: Module {
  /// The name on the command line and in files: `unet`.
  static var name: String { get }

  /// The name as written in papers: `U-Net`.
  static var title: String { get }

  /// What it needs of an encoder by default.
  static var plan: EncoderPlan { get }

  /// The output strides of an encoder that it can work with.
  static var outputStrides: [Int] { get }

  /// The share of features that training drops by default.
  static var dropoutByDefault: Float { get }

  /// What the loss of auxiliary scores counts by default; 0 for none.
  static var auxiliaryWeightByDefault: Float { get }

  /// The name of the network that has this decoder on an encoder: `unet-resnet34`.
  static func networkName(on encoder: String) -> String

  /// What the program that such networks come from calls the layers of a network, at `encoder` and `decoder`.
  ///
  /// - Parameter encoder: its names for the encoder.
  static func naming(_ encoder: LayerNaming) -> LayerNaming

  /// - Parameters:
  ///   - channels: of the encoder's features; 0 for a size that the encoder does not have.
  ///   - encoder: the encoder.
  ///   - plan: what the encoder was made for.
  ///   - classes: the number of outputs.
  ///   - dropout: the share of features that training drops.
  ///   - random: what the initial weights are drawn from.
  init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream)

  /// An encoder's features -> logits `[batch, height, width, classes]` at the picture's size.
  func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable

  /// Whether there are earlier results that deep supervision can score.
  static var hasEarlierResults: Bool { get }

  /// The channels of the decoder's earlier results, in the order in which they are found.
  var earlierChannels: [Int] { get }

  /// The same, which also gives the decoder's earlier results to `tell` as they are found.
  func callAsFunction(_ features: consuming [Variable], size: Extent, telling tell: (Variable) -> Void) -> Variable
}

extension SegmentationDecoder {
  /// Decoder, dash, encoder.
  public static func networkName(on encoder: String) -> String { "\(name)-\(encoder)" }
  /// None.
  public static var dropoutByDefault: Float { 0 }
  /// None.
  public static var auxiliaryWeightByDefault: Float { 0 }
  /// All.
  public static var outputStrides: [Int] { [8, 16, 32] }
  /// None.
  public static var hasEarlierResults: Bool { false }
  /// None.
  public var earlierChannels: [Int] { [] }
  /// The logits alone.
  public func callAsFunction(
    _ features: consuming [Variable], size: Extent, telling tell: (Variable) -> Void
  ) -> Variable { self(features, size: size) }
}

extension LayerNaming {
  /// A network of segmentation-models-pytorch: encoder, decoder, and a head that is the decoder's `classifier` here.
  static func smp(encoder: LayerNaming, decoder: [String: String]) -> LayerNaming {
    let program = "segmentation-models-pytorch"
    let own = LayerNaming(program, decoder).nested(at: "decoder", as: "decoder")
    let head = LayerNaming(
      program, ["decoder.classifier": "segmentation_head.0"], leavingOut: ["classification_head"])
    return own.joined(with: head).joined(with: encoder.nested(at: "encoder", as: "encoder"))
  }

  /// A network of torchvision: backbone and classifier, and an auxiliary classifier that may be left out.
  static func torchvision(encoder: LayerNaming, decoder: [String: String]) -> LayerNaming {
    let own = LayerNaming("torchvision", decoder).nested(at: "decoder", as: "classifier").joined(
      with: LayerNaming("torchvision", AuxiliaryHead.names).nested(at: "auxiliary", as: "aux_classifier"))
    // Of a network of features and a classifier, the backbone is the features.
    let names = encoder.names.mapValues { $0.hasPrefix("features.") ? String($0.dropFirst(9)) : $0 }
    let backbone = LayerNaming("torchvision", names).nested(at: "encoder", as: "backbone")
    return LayerNaming("torchvision", own.names, leavingOut: ["aux_classifier"]).joined(with: backbone)
  }

  /// A `ConvNorm` that is a sequence in the other program: convolution, normalization.
  static func unit(_ path: String, _ foreign: String) -> [String: String] {
    ["\(path).convolution": "\(foreign).0", "\(path).norm": "\(foreign).1"]
  }
}

extension [String: String] {
  /// The names of both.
  static func + (left: Self, right: Self) -> Self { left.merging(right) { first, _ in first } }
}

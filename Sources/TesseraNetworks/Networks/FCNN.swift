import TesseraAutograd
import TesseraFiles
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// A fully convolutional network on VGG-16, FCN-8s (Long, Shelhamer, Darrell 2015, arXiv:1411.4038): 22,269,973
/// parameters with 151 classes and the original head.
///
/// The coarsest features are scored, enlarged and joined with the scores of finer ones twice, then enlarged eight
/// times.
public struct FCNN: SegmentationModel {
  /// What is between VGG's last pool and the scores.
  public enum Head: Sendable, Hashable, Codable {
    /// Nothing: the last pool's features are enlarged directly.
    case original
    /// VGG's two dense layers as convolutions, 7 x 7 and 1 x 1, with `width` channels (4096 in the paper) and dropout.
    case convolutionalized(width: Int = 4096)

    private enum CodingKeys: CodingKey { case original, convolutionalized }
    private enum WidthKeys: CodingKey { case width }

    /// Swift's own encoding of an enumeration, with a width that shapes can be computed from.
    public init(from decoder: any Decoder) throws {
      let head = try decoder.container(keyedBy: CodingKeys.self)
      guard head.contains(.convolutionalized) else {
        _ = try head.nestedContainer(keyedBy: WidthKeys.self, forKey: .original)
        self = .original
        return
      }
      let card = try head.nestedContainer(keyedBy: WidthKeys.self, forKey: .convolutionalized)
      self = .convolutionalized(width: try card.whole(.width, in: 1...64 * 8192))
    }
  }

  /// The numbers that define the network.
  public struct Configuration: NetworkConfiguration {
    /// The number of outputs per pixel.
    public var classes: Int
    /// Channels of VGG's first block.
    public var width: Int
    /// What is between the last pool and the scores.
    public var head: Head
    /// The share of features that training drops after each layer of a convolutionalized head.
    public var dropout: Float
    /// What the weights expect of pixels.
    public var normalization: ImageNormalization

    public init(
      classes: Int, width: Int = 64, head: Head = .original, dropout: Float = 0.3,
      normalization: ImageNormalization = .caffe
    ) {
      self.classes = classes
      self.width = width
      self.head = head
      self.dropout = dropout
      self.normalization = normalization
    }

    /// Width 64 and the original head, with the normalization of Caffe's weights.
    public init(classes: Int) { self.init(classes: classes, width: 64) }

    public static let name = "fcnn"
    public static let weightTables =
      VGG16.weightTables(at: "backbone", fc6: "fc6", fc7: "fc7") + wholeTables

    /// Whole networks that Keras saved, whatever the layers above VGG's are called, trained on pixels in 0...1.
    private static var wholeTables: [WeightTable] {
      [("Keras FCNN", []), ("Keras FCN-8s", ["fc6", "fc7"])].map { name, dense in
        WeightTable(
          name, convention: .keras, normalization: .unit, part: "",
          layers: VGG16.kerasLayers(at: "backbone") + dense.map { .convolution(at: $0) } + [
            .transposedConvolution(at: "up5", bias: false), .convolution(at: "score4"),
            .transposedConvolution(at: "up4", bias: false), .convolution(at: "score3"),
            .transposedConvolution(at: "up3"),
          ])
      }
    }
    public var title: String { head == .original ? "FCNN on VGG-16" : "FCN-8s on VGG-16" }
    /// The pools halve a picture five times.
    public var sizeMultiple: Int { 32 }

    public static let options: [NetworkOption<Configuration>] = [
      .count("width", \.width, in: 1...8192, help: "Channels of VGG's first block."),
      .choice(
        "head", of: ["original", "convolutionalized"],
        help:
          "original, or convolutionalized: VGG's dense layers as 7 x 7 and 1 x 1 convolutions of 64 times the width.",
        read: { $0.head == .original ? "original" : "convolutionalized" },
        write: { $0.head = $1 == "original" ? .original : .convolutionalized(width: 64 * $0.width) }),
      .share(
        "dropout", \.dropout,
        help:
          "Share of features that training drops after each layer of a convolutionalized head; the original has none."),
    ]

    public func makeNetwork(random: RandomStream) -> FCNN { FCNN(self, random: random) }
  }

  /// The convolutions and pools of VGG-16.
  public let backbone: VGG16
  /// 7 x 7, where the head is convolutionalized.
  public let fc6: Conv2D?
  /// 1 x 1, where the head is convolutionalized.
  public let fc7: Conv2D?
  /// From 1/32 to 1/16 of the size.
  public let up5: TransposedConv2D
  /// Scores of the fourth pool, at 1/16.
  public let score4: Conv2D
  /// From 1/16 to 1/8.
  public let up4: TransposedConv2D
  /// Scores of the third pool, at 1/8.
  public let score3: Conv2D
  /// From 1/8 to the full size.
  public let up3: TransposedConv2D
  /// The numbers that define this network.
  public let configuration: Configuration

  /// A network with fresh weights from `random`, Glorot-uniform.
  public init(_ configuration: Configuration, random: RandomStream) {
    var random = random.derived("weights")
    let widths = VGG16.widths(configuration.width)
    let classes = configuration.classes
    backbone = VGG16(from: configuration.normalization.channels, width: configuration.width, random: &random)
    var deepest = widths[4]
    if case .convolutionalized(let width) = configuration.head {
      fc6 = Conv2D(from: deepest, to: width, kernel: 7, activation: .relu, random: &random)
      fc7 = Conv2D(from: width, to: width, kernel: 1, activation: .relu, random: &random)
      deepest = width
    } else {
      (fc6, fc7) = (nil, nil)
    }
    up5 = TransposedConv2D(
      from: deepest, to: classes, kernel: 4, stride: 2, bias: false, activation: .relu, random: &random)
    score4 = Conv2D(from: widths[3], to: classes, kernel: 1, random: &random)
    up4 = TransposedConv2D(
      from: classes, to: classes, kernel: 4, stride: 2, bias: false, activation: .relu, random: &random)
    score3 = Conv2D(from: widths[2], to: classes, kernel: 1, random: &random)
    up3 = TransposedConv2D(from: classes, to: classes, kernel: 16, stride: 8, random: &random)
    self.configuration = configuration
  }

  public func callAsFunction(_ images: Variable) -> Variable {
    check(images)
    let features = backbone.features(of: images)
    var deepest = features[4]
    for layer in [fc6, fc7].compactMap(\.self) { deepest = dropout(layer(deepest), rate: configuration.dropout) }
    let joined4 = score4(features[3]) + up5(deepest)
    let joined3 = score3(features[2]) + up4(joined4)
    return up3(joined3)
  }
}

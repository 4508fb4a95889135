import TesseraTensors

/// The numbers that define a network: what files hold besides its weights, and what the command line sets.
///
/// A network is one file, its configuration and its layers, and one line in a catalog:
/// ```swift
/// struct TinyNet: SegmentationModel {
///   struct Configuration: NetworkConfiguration {
///     static let name = "tiny"
///     var classes: Int
///     var normalization = ImageNormalization.unit
///     var sizeMultiple: Int { 4 }
///     init(classes: Int) { self.classes = classes }
///     func makeNetwork(random: RandomStream) -> TinyNet { TinyNet(self, random: random) }
///   }
///   ...
/// }
/// let catalog = NetworkCatalog.standard.adding(TinyNet.Configuration.self)
/// ```
public protocol NetworkConfiguration: Codable, Hashable, Sendable {
  /// The network that it defines.
  associatedtype Network: SegmentationModel where Network.Configuration == Self

  /// The name on the command line and in files, such as `unet`.
  static var name: String { get }

  /// What the command line may choose besides the classes; each is also checked in files.
  static var options: [NetworkOption<Self>] { get }

  /// The weights of other programs that the network may start from.
  static var weightTables: [WeightTable] { get }

  /// The part of the network that may start from weights of other programs, by its property path; `nil` if there is
  /// none.
  static var backbone: String? { get }

  /// What that part is called in papers: `ResNet-34`.
  static var backboneTitle: String? { get }

  /// The network as its paper describes it.
  init(classes: Int)

  /// The name as written in papers.
  var title: String { get }

  /// The number of outputs per pixel.
  var classes: Int { get set }

  /// What the weights expect of pixels; its channels are those of the network's input.
  var normalization: ImageNormalization { get set }

  /// Details of the encoder that the weights were trained with.
  var encoderVariant: EncoderVariant { get set }

  /// Height and width of a picture must be multiples of this.
  var sizeMultiple: Int { get }

  /// Returns the network with fresh weights, which are drawn on first use.
  func makeNetwork(random: RandomStream) -> Network
}

extension NetworkConfiguration {
  /// None.
  public static var options: [NetworkOption<Self>] { [] }

  /// None.
  public static var weightTables: [WeightTable] { [] }

  /// The encoder's own; a network without an `EncoderArchitecture` has no others.
  public var encoderVariant: EncoderVariant {
    get { EncoderVariant() }
    set {}
  }

  /// What the first table of a part fills.
  public static var backbone: String? { weightTables.map(\.part).first { !$0.isEmpty } }

  /// What that table is called without its program.
  public static var backboneTitle: String? {
    weightTables.first { !$0.part.isEmpty }.map { String($0.name.drop { $0 != " " }.dropFirst()) }
  }

  /// The name on the command line and in files.
  public var name: String { Self.name }

  /// The name in files.
  public var title: String { Self.name }

  /// The value of each option, by name.
  public var optionValues: [String: NetworkOptionValue] {
    Dictionary(Self.options.map { ($0.name, $0.value(self)) }) { first, _ in first }
  }

  /// The same network as weights need it that were trained with another configuration: what they expect of pixels, and
  /// the encoder's details.
  package func adapted(to other: any NetworkConfiguration) -> Self {
    var configuration = self
    configuration.normalization = other.normalization
    configuration.encoderVariant = other.encoderVariant
    return configuration
  }

  /// The same network with another number of outputs.
  package func with(classes: Int) -> Self {
    var configuration = self
    configuration.classes = classes
    return configuration
  }
}

import TesseraTensors

/// The numbers that define a network: what files hold of it beside its weights, and what the command line asks for.
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

  /// What the command line may choose, besides the classes; each is checked in files, too.
  static var options: [NetworkOption<Self>] { get }

  /// The weights of other programs that the network may begin with.
  static var weightTables: [WeightTable] { get }

  /// The network as its paper has it.
  init(classes: Int)

  /// The name as papers write it.
  var title: String { get }

  /// Outputs a pixel.
  var classes: Int { get set }

  /// What the weights expect of pixels; its channels are those of the network's input.
  var normalization: ImageNormalization { get set }

  /// Height and width of a picture must be multiples of this.
  var sizeMultiple: Int { get }

  /// The network with fresh weights, which are drawn when they are asked for.
  func makeNetwork(random: RandomStream) -> Network
}

extension NetworkConfiguration {
  /// None.
  public static var options: [NetworkOption<Self>] { [] }

  /// None.
  public static var weightTables: [WeightTable] { [] }

  /// The part of the network that may begin with weights of other programs, by its property path; `nil` where there is
  /// none.
  package static var backbone: String? { weightTables.first?.part }

  /// The name on the command line and in files.
  public var name: String { Self.name }

  /// The name in files.
  public var title: String { Self.name }

  /// The value of each option, by name.
  public var optionValues: [String: NetworkOptionValue] {
    Dictionary(Self.options.map { ($0.name, $0.value(self)) }) { first, _ in first }
  }

  /// Title, options that are not the paper's, and outputs in words.
  public var summary: String {
    let usual = Self(classes: classes)
    let unusual = Self.options.filter { $0.value(self) != $0.value(usual) }.map { "\($0.name) \($0.value(self))" }
    return ([title] + (unusual.isEmpty ? [] : ["of \(unusual.joined(separator: ", "))"])).joined(separator: " ")
      + " with \(classes) classes"
  }

  /// The same network with another number of outputs.
  package func with(classes: Int) -> Self {
    var configuration = self
    configuration.classes = classes
    return configuration
  }
}

import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// A network that gives each pixel of a picture one score (logit) a class.
public protocol SegmentationModel: Module {
  /// What it takes to build this network again, without its weights.
  var specification: ModelSpecification { get }

  /// What the weights expect of pixels.
  var normalization: ImageNormalization { get }

  /// Height and width of a picture must be multiples of this.
  var sizeMultiple: Int { get }

  /// How far from a pixel, along either axis, the network looks to score it; `nil` where that is not known or has no
  /// bound. By default it follows from the recorded pass, which takes some milliseconds.
  var receptiveRadius: Int? { get }

  /// Normalized pictures `[batch, height, width, 3]` -> logits `[batch, height, width, classes]`.
  func callAsFunction(_ images: Variable) -> Variable
}

extension SegmentationModel {
  /// What the recorded pass says; `nil` too where it depends on the picture's size.
  public var receptiveRadius: Int? {
    func radius(_ multiples: Int) -> Int? {
      graph(height: multiples * sizeMultiple, width: multiples * sizeMultiple).receptiveRadius
    }
    // Sides of 256 pixels and more, in which windows fit.
    let multiples = (255 + sizeMultiple) / sizeMultiple
    let found = radius(multiples)
    return found == radius(2 * multiples + 1) ? found : nil
  }

  /// Stops with a sentence where pictures have a shape that the network cannot take.
  func check(_ images: Variable) {
    let shape = images.shape
    require(
      shape.rank == 4 && shape[3] == 3 && shape[1] % sizeMultiple == 0 && shape[2] % sizeMultiple == 0
        && shape.elementCount > 0,
      "\(type(of: self)): expects images [batch, height, width, 3] with sides that are multiples of \(sizeMultiple); "
        + "got \(shape)")
  }
}

/// Everything about a network but its weights: what a checkpoint stores to build it again.
public enum ModelSpecification: Sendable, Hashable, Codable {
  case unet(UNet.Configuration)
  case fcnn(FCNN.Configuration)
  /// A network of your own: a checkpoint knows its name and its outputs, and your program builds it.
  case custom(name: String, classes: Int)

  // What descriptions in files may say: more than any network has, and numbers from which its shapes can be computed.
  static let classCounts = 1...1 << 16
  package static let widths = 1...1 << 13
  /// Dropping all features leaves nothing to divide by.
  static let dropouts = 0...Float(1).nextDown

  /// The name on the command line and in files.
  public var name: String {
    switch self {
    case .unet: "unet"
    case .fcnn: "fcnn"
    case .custom(let name, _): name
    }
  }

  /// The name as papers write it.
  public var title: String {
    switch self {
    case .unet: "U-Net"
    case .fcnn(let configuration): configuration.head == .original ? "FCNN on VGG-16" : "FCN-8s on VGG-16"
    case .custom(let name, _): name
    }
  }

  /// How many classes the logits have.
  public var classes: Int {
    switch self {
    case .unet(let configuration): configuration.classes
    case .fcnn(let configuration): configuration.classes
    case .custom(_, let classes): classes
    }
  }

  /// What the weights expect of pixels; `nil` where the network is one of your own, which knows it.
  public var normalization: ImageNormalization? {
    switch self {
    case .unet(let configuration): configuration.normalization
    case .fcnn(let configuration): configuration.normalization
    case .custom: nil
    }
  }

  /// The same network with another number of outputs.
  func with(classes: Int) -> ModelSpecification {
    switch self {
    case .unet(var configuration):
      configuration.classes = classes
      return .unet(configuration)
    case .fcnn(var configuration):
      configuration.classes = classes
      return .fcnn(configuration)
    case .custom(let name, _): return .custom(name: name, classes: classes)
    }
  }

  /// What the sides of its pictures are multiples of; 1 where the network is one of your own.
  var sizeMultiple: Int {
    switch self {
    case .unet: UNet.sizeMultiple
    case .fcnn: FCNN.sizeMultiple
    case .custom: 1
    }
  }

  /// Name, width and outputs in words.
  var summary: String {
    switch self {
    case .unet(let configuration): "U-Net of width \(configuration.width) with \(classes) classes"
    case .fcnn(let configuration): "FCNN of width \(configuration.width) with \(classes) classes"
    case .custom(let name, _): "\(name) with \(classes) classes"
    }
  }

  /// The network with fresh weights; `nil` where it is one of your own.
  public func makeModel(random: RandomStream = RandomStream(seed: 0)) -> (any SegmentationModel)? {
    switch self {
    case .unet(let configuration): UNet(configuration, random: random)
    case .fcnn(let configuration): FCNN(configuration, random: random)
    case .custom: nil
    }
  }
}

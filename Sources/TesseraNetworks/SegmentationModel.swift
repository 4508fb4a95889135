import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// A network that gives each pixel of a picture one score (logit) per class.
public protocol SegmentationModel: Module {
  /// The numbers that define the network.
  associatedtype Configuration: NetworkConfiguration

  /// What is needed to rebuild this network, without its weights.
  var configuration: Configuration { get }

  /// How far from a pixel, along either axis, the network looks to score it; `nil` if that is unknown or unbounded. By
  /// default it follows from the recorded pass, which takes a few milliseconds.
  var receptiveRadius: Int? { get }

  /// The network without what only training needs, with the same parameters; by default the network itself.
  ///
  /// Checkpoints hold this one; the rest is part of a run's state.
  var forPrediction: any SegmentationModel { get }

  /// Normalized pictures `[batch, height, width, channels]` -> logits `[batch, height, width, classes]`.
  func callAsFunction(_ images: Variable) -> Variable

  /// Normalized pictures -> all logits that training compares with the masks: the network's own first, then those of
  /// outputs that only help to learn (deep supervision: Lee et al. 2014, arXiv:1409.5185). By default its own alone.
  func trainingLogits(of images: Variable) -> [WeightedLogits]
}

/// Logits that training compares with the masks, and how much their loss counts.
///
/// ```swift
/// func trainingLogits(of images: Variable) -> [WeightedLogits] {
///   let (features, deep) = encoder(images)
///   return [WeightedLogits(classifier(features)), WeightedLogits(resize(auxiliary(deep), to: size), weight: 0.5)]
/// }
/// ```
public struct WeightedLogits {
  /// `[batch, height, width, classes]`.
  public let logits: Variable
  /// What their loss is multiplied by.
  public let weight: Float

  public init(_ logits: Variable, weight: Float = 1) {
    self.logits = logits
    self.weight = weight
  }
}

extension SegmentationModel {
  /// What the weights expect of pixels.
  public var normalization: ImageNormalization { configuration.normalization }

  /// Height and width of a picture must be multiples of this.
  public var sizeMultiple: Int { configuration.sizeMultiple }

  /// The network itself.
  public var forPrediction: any SegmentationModel { self }

  /// The network's own logits, with the weight 1.
  public func trainingLogits(of images: Variable) -> [WeightedLogits] { [WeightedLogits(self(images))] }

  /// The parameters that only training needs, with their property paths.
  package var trainingParameters: [(name: String, parameter: Parameter)] {
    let kept = Set(forPrediction.parameters.map(ObjectIdentifier.init))
    return namedParameters.filter { !kept.contains(ObjectIdentifier($0.parameter)) }
  }

  /// What the recorded pass says; also `nil` if it depends on the picture's size.
  public var receptiveRadius: Int? {
    func radius(_ multiples: Int) -> Int? {
      graph(height: multiples * sizeMultiple, width: multiples * sizeMultiple).receptiveRadius
    }
    // Sides of 256 pixels and more, in which windows fit.
    let multiples = (255 + sizeMultiple) / sizeMultiple
    let found = radius(multiples)
    return found == radius(2 * multiples + 1) ? found : nil
  }

  /// Stops with a message if pictures have a shape that the network cannot take.
  public func check(_ images: Variable) {
    let (shape, channels) = (images.shape, normalization.channels)
    require(
      shape.rank == 4 && shape[3] == channels && shape[1] % sizeMultiple == 0 && shape[2] % sizeMultiple == 0
        && shape.elementCount > 0,
      "\(type(of: self)): expects images [batch, height, width, \(channels)] with sides that are multiples of "
        + "\(sizeMultiple); got \(shape)")
  }
}

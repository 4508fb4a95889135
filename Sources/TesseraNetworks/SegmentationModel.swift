import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// A network that gives each pixel of a picture one score (logit) a class.
public protocol SegmentationModel: Module {
  /// The numbers that define the network.
  associatedtype Configuration: NetworkConfiguration

  /// What it takes to build this network again, without its weights.
  var configuration: Configuration { get }

  /// How far from a pixel, along either axis, the network looks to score it; `nil` where that is not known or has no
  /// bound.
  var receptiveRadius: Int? { get }

  /// Normalized pictures `[batch, height, width, channels]` -> logits `[batch, height, width, classes]`.
  func callAsFunction(_ images: Variable) -> Variable
}

extension SegmentationModel {
  /// What the weights expect of pixels.
  public var normalization: ImageNormalization { configuration.normalization }

  /// Height and width of a picture must be multiples of this.
  public var sizeMultiple: Int { configuration.sizeMultiple }

  /// Not known.
  public var receptiveRadius: Int? { nil }

  /// Stops with a sentence where pictures have a shape that the network cannot take.
  public func check(_ images: Variable) {
    let (shape, channels) = (images.shape, normalization.channels)
    require(
      shape.rank == 4 && shape[3] == channels && shape[1] % sizeMultiple == 0 && shape[2] % sizeMultiple == 0
        && shape.elementCount > 0,
      "\(type(of: self)): expects images [batch, height, width, \(channels)] with sides that are multiples of "
        + "\(sizeMultiple); got \(shape)")
  }
}

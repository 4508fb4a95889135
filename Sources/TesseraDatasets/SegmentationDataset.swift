import TesseraImaging
import TesseraTensors

/// A picture and its true mask, of one size.
public struct Sample: Sendable {
  /// For pictures and messages.
  public var name: String
  /// What a network sees.
  public var image: Image
  /// The true class of each pixel of the image.
  public var mask: Mask

  public init(name: String, image: Image, mask: Mask) {
    self.name = name
    self.image = image
    self.mask = mask
  }
}

/// An ordered set of samples that are read when asked for.
///
/// Implementations are values that several loader tasks read at once.
public protocol SegmentationDataset: Sendable {
  /// What the masks' indices mean.
  var labelSpace: LabelSpace { get }

  var count: Int { get }

  /// Sample `index` at its own size.
  func sample(at index: Int) throws -> Sample

  /// Sample `index` scaled (not cropped) to `width` x `height`: the image smoothly, the mask by nearest.
  func sample(at index: Int, width: Int, height: Int) throws -> Sample
}

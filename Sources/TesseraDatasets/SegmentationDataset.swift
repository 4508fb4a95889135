import TesseraImaging
import TesseraTensors

/// What a network sees of one scene, and its true mask, of the same size.
public struct Sample: Sendable {
  /// The name, for pictures and messages.
  public var name: String
  /// What a network sees: a photograph, or pixels with any number of channels.
  public var pixels: Pixels
  /// The true class of each pixel.
  public var mask: Mask
  /// Where it is not 0, a pixel shows nothing: it lies beside the picture and is void, or is hidden. A batch fills it
  /// with the values that a loader pads with. `nil` if all pixels show the picture.
  package var padding: Mask?

  /// Creates a sample from a photograph and its mask.
  public init(name: String, image: Image, mask: Mask) { self.init(name: name, pixels: Pixels(image), mask: mask) }

  /// Creates a sample from pixels with any number of channels and their mask.
  public init(name: String, pixels: Pixels, mask: Mask) {
    self.name = name
    self.pixels = pixels
    self.mask = mask
  }

  /// The photograph; for other pixels, a picture for display, see `Pixels.image`.
  public var image: Image {
    get { pixels.image }
    set { pixels = Pixels(newValue) }
  }
}

/// An ordered set of samples that are read on demand.
///
/// Implementations are values that several loader tasks read at once.
public protocol SegmentationDataset: Sendable {
  /// What the masks' indices mean.
  var labelSpace: LabelSpace { get }

  var count: Int { get }

  /// Sample `index` at its own size.
  func sample(at index: Int) throws -> Sample

  /// Sample `index` scaled (not cropped) to `width` x `height`: the image smoothly, the mask by nearest neighbor.
  func sample(at index: Int, width: Int, height: Int) throws -> Sample

  /// The same for a data set that draws samples at random, different ones in each pass over the data.
  ///
  /// `DataLoader` requests samples this way, with a stream that depends only on its seed, the pass and the index. By
  /// default nothing is drawn.
  func sample(at index: Int, width: Int, height: Int, random: RandomStream) throws -> Sample

  /// Sample `index` scaled to a size that follows from its own. By default it is read at its own size first.
  func sample(at index: Int, scaledTo size: ScaledSize) throws -> Sample

  /// The same for a data set that draws samples at random. By default nothing is drawn except at a fixed size.
  func sample(at index: Int, scaledTo size: ScaledSize, random: RandomStream) throws -> Sample
}

extension SegmentationDataset {
  public func sample(at index: Int, width: Int, height: Int, random: RandomStream) throws -> Sample {
    try sample(at: index, width: width, height: height)
  }

  public func sample(at index: Int, scaledTo size: ScaledSize) throws -> Sample {
    if case .exactly(let size) = size { return try sample(at: index, width: size.width, height: size.height) }
    let sample = try sample(at: index)
    let scaled = size.size(of: ImageSize(width: sample.mask.width, height: sample.mask.height))
    return Sample(
      name: sample.name, pixels: sample.pixels.resized(toWidth: scaled.width, height: scaled.height),
      mask: sample.mask.resized(toWidth: scaled.width, height: scaled.height))
  }

  public func sample(at index: Int, scaledTo size: ScaledSize, random: RandomStream) throws -> Sample {
    guard case .exactly(let size) = size else { return try sample(at: index, scaledTo: size) }
    return try sample(at: index, width: size.width, height: size.height, random: random)
  }
}

/// A data set whose samples can be kept on disk; see ``DiskCachedDataset``.
public protocol FingerprintedDataset: SegmentationDataset {
  /// A number that changes whenever a sample might: with the paths, lengths and times of files, or with a version.
  var fingerprint: UInt64 { get }

  /// The name of sample `index`; the sample is not read.
  func name(at index: Int) -> String
}

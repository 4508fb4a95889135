import TesseraImaging
import TesseraTensors

/// One change of an augmentation: a value that draws from its own stream what happens to a sample.
///
/// ``GeometricStep`` and ``PhotometricStep`` are the two usual kinds; this one can do anything, as ``CutMix`` does.
public protocol AugmentationStep: Sendable {
  /// Its name and values, as on the command line: `rotate=10`. Steps with the same word do the same.
  var word: String { get }

  /// Changes a sample; the same draw gives the same bits.
  ///
  /// - Parameters:
  ///   - sample: of the training size.
  ///   - draw: what may be drawn from.
  /// - Returns: a sample of the same size.
  func applied(to sample: Sample, _ draw: SampleDraw) throws -> Sample
}

extension AugmentationStep {
  /// The word without values.
  var kind: String { String(word.prefix { $0 != "=" }) }
}

/// What a step draws from: everything follows from the loader's seed, the pass and the sample.
public struct SampleDraw: Sendable {
  /// The step's own stream.
  public let random: RandomStream

  /// Another sample of the data set, drawn from `random` and changed by the steps before this one.
  public let another: @Sendable (_ random: RandomStream) throws -> Sample

  public init(random: RandomStream, another: @escaping @Sendable (_ random: RandomStream) throws -> Sample) {
    (self.random, self.another) = (random, another)
  }
}

/// A step that moves pixels: it says where each comes from, and image and mask follow the same map.
///
/// ```swift
/// struct Shift: GeometricStep {
///   let word = "shift"
///   func map(for size: ImageSize, random: RandomStream) -> CoordinateMap {
///     var random = random
///     let distance = random.uniform(in: -8..<8)
///     return CoordinateMap { x, y in (x - distance, y) }
///   }
/// }
/// let augmentation = Augmentation([Flip(), Shift()])
/// ```
public protocol GeometricStep: AugmentationStep {
  /// Draws where the pixels of the result come from.
  ///
  /// - Parameters:
  ///   - size: of the sample, in pixels.
  ///   - random: the step's own stream.
  func map(for size: ImageSize, random: RandomStream) -> CoordinateMap
}

extension GeometricStep {
  public func applied(to sample: Sample, _ draw: SampleDraw) -> Sample {
    let size = ImageSize(width: sample.mask.width, height: sample.mask.height)
    return map(for: size, random: draw.random).applied(to: sample)
  }
}

/// A step that changes the colors of photographs; other pixels, masks and what lies beside a picture stay as they are.
///
/// ```swift
/// struct Dusk: PhotometricStep {
///   let word = "dusk"
///   func changed(_ image: Image, random: RandomStream) -> Image {
///     ColorChange(brightness: 0.5, contrast: 1, saturation: 0.7, hue: 0).applied(to: image)
///   }
/// }
/// ```
public protocol PhotometricStep: AugmentationStep {
  /// Draws a change and applies it.
  ///
  /// - Parameters:
  ///   - image: the photograph alone.
  ///   - random: the step's own stream.
  /// - Returns: an image of the same size and number of channels.
  func changed(_ image: Image, random: RandomStream) -> Image
}

extension PhotometricStep {
  public func applied(to sample: Sample, _ draw: SampleDraw) -> Sample {
    guard case .image(let image) = sample.pixels.content else { return sample }
    var result = sample
    result.pixels = Pixels(changed(image, random: draw.random))
    if let padding = sample.padding {
      result.pixels = result.pixels.replacing(with: sample.pixels) { padding.indices[$0] != 0 }
    }
    return result
  }
}

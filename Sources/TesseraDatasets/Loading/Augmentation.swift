import TesseraImaging
import TesseraTensors

/// What happens to image and mask, always together, before a network sees them.
public enum Augmentation: String, Sendable, Codable, CaseIterable {
  /// Nothing.
  case none

  /// Left becomes right in half of the cases.
  case flip

  /// Flip, a random scale between 1/2 and 2 with a random crop, and brightness, contrast and saturation of the image
  /// within 20 %. Where the scaled picture is smaller than the crop, the mask is padded with the void value; a label
  /// space without void keeps the crop inside (scales from 1).
  case standard

  /// Sample `index` at `size`, augmented; the same stream gives the same bits.
  public func sample(
    at index: Int, of dataset: any SegmentationDataset, size: ImageSize, random: RandomStream
  ) throws -> Sample {
    var random = random
    var sample: Sample
    if self == .standard {
      let scale = Self.scale(hasVoid: dataset.labelSpace.void != nil, random: &random)
      let width = max(1, Int((Float(size.width) * scale).rounded()))
      let height = max(1, Int((Float(size.height) * scale).rounded()))
      sample = try dataset.sample(at: index, width: width, height: height)
      sample.image = ColorJitter(random: &random).applied(to: sample.image)
      sample = sample.window(
        left: Self.offset(spare: width - size.width, random: &random),
        top: Self.offset(spare: height - size.height, random: &random), size: size)
    } else {
      sample = try dataset.sample(at: index, width: size.width, height: size.height)
    }
    if self != .none, random.uniform() < 0.5 {
      sample.image = sample.image.flippedHorizontally()
      sample.mask = sample.mask.flippedHorizontally()
    }
    return sample
  }

  // Eighths of an octave instead of any number: the sizes recur, so that a cache of scaled samples is of use.
  private static func scale(hasVoid: Bool, random: inout RandomStream) -> Float {
    let ladder: [Float] = [
      0.5, 0.5453, 0.5946, 0.6484, 0.7071, 0.7711, 0.8409, 0.917, 1, 1.0905, 1.1892, 1.2968, 1.4142, 1.5422, 1.6818,
      1.834, 2,
    ]
    let least = hasVoid ? 0 : 8
    return ladder[least + random.index(below: ladder.count - least)]
  }

  /// Where the window starts: inside a larger picture, or so that a smaller one lies inside the window.
  private static func offset(spare: Int, random: inout RandomStream) -> Int {
    spare >= 0 ? random.index(below: spare + 1) : -random.index(below: -spare + 1)
  }
}

import TesseraImaging
import TesseraTensors

/// What happens to image and mask, always together, before a network sees them.
public enum Augmentation: String, Sendable, Codable, CaseIterable {
  /// Nothing.
  case none

  /// Left becomes right in half of the cases.
  case flip

  /// A random scale between 1/2 and 2, a crop in which no class covers more than three quarters where that can be had,
  /// a flip, and a change of the image's brightness, contrast, saturation and hue; see ``ScaledCrop`` and
  /// ``ColorChange``.
  case standard

  /// Sample `index` at `size`, augmented; the same stream gives the same bits.
  public func sample(
    at index: Int, of dataset: any SegmentationDataset, size: ImageSize, random: RandomStream
  ) throws -> Sample {
    let readSize = readSize(for: size)
    var sample = try dataset.sample(at: index, width: readSize.width, height: readSize.height)
    if self == .standard {
      let crop = ScaledCrop(of: sample, size: size, random: random.derived("crop"))
      let change = ColorChange(random: random.derived("color"))
      sample = crop.applied(to: sample) { change.applied(to: $0) }
    }
    var random = random
    if self != .none, random.uniform() < 0.5 {
      sample.image = sample.image.flippedHorizontally()
      sample.mask = sample.mask.flippedHorizontally()
    }
    return sample
  }

  /// The size at which samples are read for pictures of `size`. It is one size whatever the scale that is drawn, so
  /// that what is read once can be kept.
  public func readSize(for size: ImageSize) -> ImageSize {
    guard self == .standard else { return size }
    let factor = ScaledCrop.greatestScale
    return ImageSize(width: size.width * factor, height: size.height * factor)
  }
}

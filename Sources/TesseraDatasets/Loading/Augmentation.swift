import TesseraImaging
import TesseraTensors

/// What happens to pixels and mask, always together, before a network sees them.
///
/// A value: use one of the library's, write a custom one, or chain several.
/// ```swift
/// let dimmed = Augmentation("dimmed") { sample, _, random in
///   var (sample, random) = (sample, random)
///   let change = ColorChange(brightness: random.uniform(in: 0.5..<1), contrast: 1, saturation: 1, hue: 0)
///   sample.image = change.applied(to: sample.image)
///   return sample
/// }
/// let loader = DataLoader(street, batchSize: 8, imageSize: 128, augmentation: .standard.followed(by: dimmed))
/// ```
public struct Augmentation: RawRepresentable, Sendable {
  /// Makes the sample that a network sees.
  ///
  /// - Parameters:
  ///   - sample: at ``readSize(for:)``.
  ///   - size: of the result.
  ///   - random: the only source of randomness: a stream derived from the loader's seed, the pass and the sample.
  public typealias Change = @Sendable (_ sample: Sample, _ size: ImageSize, _ random: RandomStream) throws -> Sample

  /// Its name, on the command line and in files: augmentations with the same name are the same.
  public let rawValue: String
  private let readScale: Int
  private let change: Change

  /// Creates a custom augmentation.
  ///
  /// - Parameters:
  ///   - name: its name in messages and records.
  ///   - readScale: how many times larger than the result samples are when read.
  ///   - change: makes the result; the same stream must give the same bits.
  public init(_ name: String, readScale: Int = 1, change: @escaping Change) {
    require(readScale > 0, "Augmentation \(name): samples are read at a multiple of their size; got \(readScale)")
    rawValue = name
    self.readScale = readScale
    self.change = change
  }

  /// Finds the library's augmentation with this name.
  public init?(rawValue: String) {
    guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = known
  }

  /// Sample `index` at `size`, augmented; the same stream gives the same bits.
  public func sample(
    at index: Int, of dataset: any SegmentationDataset, size: ImageSize, random: RandomStream
  ) throws -> Sample {
    let readSize = readSize(for: size)
    let sample = try dataset.sample(
      at: index, width: readSize.width, height: readSize.height, random: random.derived("data set"))
    return try change(sample, size, random)
  }

  /// The size at which samples are read for pictures of `size`. It does not depend on what is drawn, so samples that
  /// were read once can be kept.
  public func readSize(for size: ImageSize) -> ImageSize {
    ImageSize(width: size.width * readScale, height: size.height * readScale)
  }

  /// Returns this augmentation followed by `next`, which must not read larger samples.
  public func followed(by next: Augmentation) -> Augmentation {
    require(next.readScale == 1, "Augmentation.followed: \(next) reads larger samples, so it can only be the first")
    return Augmentation("\(self)+\(next)", readScale: readScale) { sample, size, random in
      try next.change(change(sample, size, random), size, random.derived("next"))
    }
  }
}

extension Augmentation: CaseIterable, Codable, Hashable, CustomStringConvertible {
  /// The library's augmentations.
  public static let allCases: [Augmentation] = [.none, .flip, .standard]

  public var description: String { rawValue }

  /// Nothing.
  public static let none = Augmentation("none") { sample, _, _ in sample }

  /// Flips horizontally in half of the cases.
  public static let flip = Augmentation("flip") { sample, _, random in flipped(sample, random) }

  /// A random scale between 1/2 and 2, a crop in which no class covers more than three quarters if possible, a flip,
  /// and a change of a photograph's brightness, contrast, saturation and hue; see ``ScaledCrop`` and ``ColorChange``.
  public static let standard = Augmentation("standard", readScale: ScaledCrop.greatestScale) { sample, size, random in
    let crop = ScaledCrop(of: sample, size: size, random: random.derived("crop"))
    let change = ColorChange(random: random.derived("color"))
    return flipped(crop.applied(to: sample) { change.applied(to: $0) }, random)
  }

  private static func flipped(_ sample: Sample, _ random: RandomStream) -> Sample {
    var random = random
    if random.uniform() >= 0.5 { return sample }
    return Sample(
      name: sample.name, pixels: sample.pixels.flippedHorizontally(), mask: sample.mask.flippedHorizontally())
  }
}

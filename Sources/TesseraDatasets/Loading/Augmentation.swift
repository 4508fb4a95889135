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
  /// Whether scale and window are drawn from the sample; otherwise the framing alone decides about them.
  private let crops: Bool
  private let photometry: (@Sendable (_ image: Image, _ random: RandomStream) -> Image)?
  private let change: Change

  /// Creates a custom augmentation.
  ///
  /// - Parameters:
  ///   - name: its name in messages and records.
  ///   - readScale: how many times larger than the result samples are when read.
  ///   - change: makes the result; the same stream must give the same bits.
  public init(_ name: String, readScale: Int = 1, change: @escaping Change) {
    require(readScale > 0, "Augmentation \(name): samples are read at a multiple of their size; got \(readScale)")
    self.init(name, readScale: readScale, crops: false, photometry: nil, change: change)
  }

  private init(
    _ name: String, readScale: Int, crops: Bool,
    photometry: (@Sendable (_ image: Image, _ random: RandomStream) -> Image)?, change: @escaping Change
  ) {
    rawValue = name
    (self.readScale, self.crops, self.photometry, self.change) = (readScale, crops, photometry, change)
  }

  /// Finds the library's augmentation with this name.
  public init?(rawValue: String) {
    guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = known
  }

  /// Sample `index` at `size`, framed and augmented; the same stream gives the same bits.
  public func sample(
    at index: Int, of dataset: any SegmentationDataset, size: ImageSize, framing: Framing = .stretch,
    random: RandomStream
  ) throws -> Sample {
    let read = try dataset.sample(
      at: index, scaledTo: readSize(for: size, framing: framing), random: random.derived("data set"))
    return try change(framed(read, at: size, framing, random), size, random)
  }

  /// The window of a sample that the change gets.
  private func framed(_ sample: Sample, at size: ImageSize, _ framing: Framing, _ random: RandomStream) -> Sample {
    // How many times larger than at scale 1 it was read.
    let magnification: Double
    switch framing {
    case .stretch, .pad: magnification = Double(readScale)
    case .crop(let scale): magnification = Self.readScale(of: scale, times: readScale) / scale
    }
    if crops {
      let crop = ScaledCrop(
        of: sample, magnified: magnification, size: size, scales: 0.5...Double(ScaledCrop.greatestScale),
        classShareLimit: ScaledCrop.classShareLimit, random: random.derived("crop"))
      return crop.applied(to: sample) { image in photometry.map { $0(image, random) } ?? image }
    }
    let window = ImageSize(width: size.width * readScale, height: size.height * readScale)
    switch framing {
    case .stretch: return sample
    case .pad: return ScaledCrop(placing: sample, in: window).applied(to: sample)
    case .crop:
      return ScaledCrop(
        of: sample, magnified: magnification / Double(readScale), size: window, random: random.derived("crop")
      ).applied(to: sample)
    }
  }

  /// The size at which samples are read for pictures of `size`. It does not depend on what is drawn, so samples that
  /// were read once can be kept.
  public func readSize(for size: ImageSize) -> ImageSize {
    ImageSize(width: size.width * readScale, height: size.height * readScale)
  }

  /// The same for any framing; pictures that are cropped are read no larger than they are.
  public func readSize(for size: ImageSize, framing: Framing) -> ScaledSize {
    switch framing {
    case .stretch, .pad: framing.scaledSize(for: readSize(for: size))
    case .crop(let scale): .times(Self.readScale(of: scale, times: readScale))
    }
  }

  private static func readScale(of scale: Double, times readScale: Int) -> Double {
    min(scale * Double(readScale), 1)
  }

  /// Returns this augmentation followed by `next`, which must not read larger samples.
  public func followed(by next: Augmentation) -> Augmentation {
    require(next.readScale == 1, "Augmentation.followed: \(next) reads larger samples, so it can only be the first")
    return Augmentation(
      "\(self)+\(next)", readScale: readScale, crops: crops, photometry: photometry
    ) { sample, size, random in
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
  public static let standard = Augmentation(
    "standard", readScale: ScaledCrop.greatestScale, crops: true,
    photometry: { image, random in ColorChange(random: random.derived("color")).applied(to: image) }
  ) { sample, _, random in flipped(sample, random) }

  private static func flipped(_ sample: Sample, _ random: RandomStream) -> Sample {
    var random = random
    if random.uniform() >= 0.5 { return sample }
    var flipped = Sample(
      name: sample.name, pixels: sample.pixels.flippedHorizontally(), mask: sample.mask.flippedHorizontally())
    flipped.padding = sample.padding?.flippedHorizontally()
    return flipped
  }
}

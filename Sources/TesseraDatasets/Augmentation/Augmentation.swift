import TesseraImaging
import TesseraTensors

/// What happens to pixels and mask, always together, before a network sees them: a list of steps.
///
/// ```swift
/// let augmentation = Augmentation([RandomScale(0.5...2), ColorJitter(0.4), Rotation(10), Flip()])
/// let loader = DataLoader(street, batchSize: 8, imageSize: 128, augmentation: augmentation)
/// try Augmentation(parsing: "standard,rotate=10")   // as on the command line
/// ```
/// Each step draws from a stream of its own, which follows from the loader's seed, the pass and the sample, so no step
/// changes what others draw. A step of one's own is a value, too: see ``GeometricStep``, ``PhotometricStep`` and
/// ``AugmentationStep``.
public struct Augmentation: Sendable {
  /// A step, and where its numbers come from.
  private struct Entry: Sendable {
    /// What it can do, found once: to ask for each picture would take as long as a flip.
    enum Work: Sendable {
      case geometry(any GeometricStep)
      case photometry(any PhotometricStep)
      case other
    }

    let step: any AugmentationStep
    let work: Work
    let stream: @Sendable (RandomStream) -> RandomStream

    init(_ step: any AugmentationStep, stream: @escaping @Sendable (RandomStream) -> RandomStream) {
      (self.step, self.stream) = (step, stream)
      work =
        if let step = step as? any GeometricStep {
          .geometry(step)
        } else if let step = step as? any PhotometricStep {
          .photometry(step)
        } else {
          .other
        }
    }
  }

  /// Its name, on the command line and in files: augmentations with the same name are the same.
  public let rawValue: String
  private var entries: [Entry] = []
  /// How samples are scaled and cropped, before anything else; `nil` if the framing alone decides.
  private var window: WindowRule?
  /// How many times larger than the result samples are when read.
  private var readScale = 1

  /// Creates a list of steps.
  ///
  /// - Parameters:
  ///   - steps: in the order in which they happen; ``RandomScale``, ``RandomCrop`` and ``BalancedCrop`` before all
  ///     others.
  ///   - name: its name in messages and records; by default the words of its steps.
  public init(_ steps: [any AugmentationStep], name: String? = nil) {
    let words = steps.map(\.word)
    rawValue = name ?? Self.name(ofWords: words)
    var counts: [String: Int] = [:]
    for step in steps {
      let kind = step.kind
      let number = counts[kind, default: 0]
      counts[kind] = number + 1
      guard let rule = step as? any WindowStep else {
        entries.append(Entry(step) { Self.stream(of: kind, number, from: $0) })
        continue
      }
      require(entries.isEmpty, "Augmentation \(rawValue): \(step.word) must come before steps of other kinds")
      require(number == 0, "Augmentation \(rawValue): there can be only one \(kind)")
      window = rule.changing(window ?? WindowRule())
    }
    if let window { readScale = window.greatestScale > 1 ? ScaledCrop.greatestScale : 1 }
  }

  /// The stream of a list's step: its word's own.
  private static func stream(of kind: String, _ number: Int, from random: RandomStream) -> RandomStream {
    switch (kind, number) {
    // As in versions that knew no lists, whose runs resume with the same bits.
    case ("flip", 0): random
    case ("color", 0): random.derived("color")
    default: random.derived("step \(kind)", number)
    }
  }

  /// Makes the sample that a network sees.
  ///
  /// - Parameters:
  ///   - sample: at ``readSize(for:)``.
  ///   - size: of the result.
  ///   - random: the only source of randomness: a stream derived from the loader's seed, the pass and the sample.
  public typealias Change = @Sendable (_ sample: Sample, _ size: ImageSize, _ random: RandomStream) throws -> Sample

  /// Creates an augmentation of one custom change.
  ///
  /// - Parameters:
  ///   - name: its name in messages and records.
  ///   - readScale: how many times larger than the result samples are when read.
  ///   - change: makes the result; the same stream must give the same bits.
  public init(_ name: String, readScale: Int = 1, change: @escaping Change) {
    require(readScale > 0, "Augmentation \(name): samples are read at a multiple of their size; got \(readScale)")
    rawValue = name
    self.readScale = readScale
    entries = [Entry(CustomStep(word: name, readScale: readScale, change: change)) { $0 }]
  }

  /// Returns this augmentation followed by `next`, which must neither scale and crop nor read larger samples.
  public func followed(by next: Augmentation) -> Augmentation {
    require(
      next.window == nil && next.readScale == 1,
      "Augmentation.followed: \(next) scales or crops what is read, so it can only be the first")
    var both = Augmentation([], name: "\(self)+\(next)")
    (both.window, both.readScale) = (window, readScale)
    both.entries =
      entries + next.entries.map { entry in Entry(entry.step) { entry.stream($0.derived("next")) } }
    return both
  }

  /// Sample `index` at `size`, framed and augmented; the same stream gives the same bits.
  public func sample(
    at index: Int, of dataset: any SegmentationDataset, size: ImageSize, framing: Framing = .stretch,
    random: RandomStream
  ) throws -> Sample {
    try sample(at: index, of: dataset, size, framing, random, steps: entries.count)
  }

  /// The same after the first steps alone.
  private func sample(
    at index: Int, of dataset: any SegmentationDataset, _ size: ImageSize, _ framing: Framing, _ random: RandomStream,
    steps: Int
  ) throws -> Sample {
    let read = try dataset.sample(
      at: index, scaledTo: readSize(for: size, framing: framing), random: random.derived("data set"))
    // What changes colors before anything moves sees the picture before there is padding.
    var number = 0
    var colors: [(step: any PhotometricStep, random: RandomStream)] = []
    while number < steps, case .photometry(let step) = entries[number].work {
      colors.append((step, entries[number].stream(random)))
      number += 1
    }
    var sample = framed(read, at: size, framing, random, colors)
    while number < steps {
      let entry = entries[number]
      if case .geometry(let step) = entry.work {
        // Geometric steps in a row move the pixels once.
        let size = ImageSize(width: sample.mask.width, height: sample.mask.height)
        var map = step.map(for: size, random: entry.stream(random))
        while number + 1 < steps, case .geometry(let next) = entries[number + 1].work {
          number += 1
          map = map.followed(by: next.map(for: size, random: entries[number].stream(random)), in: size)
        }
        sample = map.applied(to: sample)
      } else {
        let before = number
        let draw = SampleDraw(random: entry.stream(random)) { stream in
          var stream = stream
          let index = stream.index(below: dataset.count)
          return try self.sample(at: index, of: dataset, size, framing, stream.derived("sample"), steps: before)
        }
        sample = try entry.step.applied(to: sample, draw)
      }
      number += 1
    }
    return sample
  }

  /// The window of a sample that the steps get, with the colors of photographs changed before there is padding.
  private func framed(
    _ sample: Sample, at size: ImageSize, _ framing: Framing, _ random: RandomStream,
    _ colors: [(step: any PhotometricStep, random: RandomStream)]
  ) -> Sample {
    func change(_ image: Image) -> Image {
      colors.reduce(image) { image, color in color.step.changed(image, random: color.random) }
    }
    // How many times larger than at scale 1 it was read.
    let magnification: Double
    switch framing {
    case .stretch, .pad: magnification = Double(readScale)
    case .crop(let scale): magnification = Self.readScale(of: scale, times: readScale) / scale
    }
    let frame = ImageSize(width: size.width * readScale, height: size.height * readScale)
    let crop: ScaledCrop
    switch (window, framing) {
    case (let window?, _):
      crop = ScaledCrop(of: sample, magnified: magnification, size: size, window, random: random.derived("crop"))
    case (nil, .stretch):
      guard !colors.isEmpty, case .image(let image) = sample.pixels.content else { return sample }
      var changed = sample
      changed.pixels = Pixels(change(image))
      return changed
    case (nil, .pad): crop = ScaledCrop(placing: sample, in: frame)
    case (nil, .crop):
      crop = ScaledCrop(
        of: sample, magnified: magnification / Double(readScale), size: frame, WindowRule(),
        random: random.derived("crop"))
    }
    return crop.applied(to: sample, changing: change)
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

  /// Why the steps cannot do their work with a framing, in words that follow the option's name; `nil` if they can.
  package func complaint(with framing: Framing) -> String? {
    guard let window, window.classShareLimit < 1, window.greatestScale <= 1 else { return nil }
    if case .crop = framing { return nil }
    return "\(rawValue): balance chooses among crops, but all of a picture is seen; add scale=0.5:2, crop=0.5 or "
      + "--framing crop"
  }
}

/// A change that a closure makes, at the size at which it reads.
private struct CustomStep: AugmentationStep {
  let word: String
  let readScale: Int
  let change: Augmentation.Change

  func applied(to sample: Sample, _ draw: SampleDraw) throws -> Sample {
    let size = ImageSize(width: sample.mask.width / readScale, height: sample.mask.height / readScale)
    return try change(sample, size, draw.random)
  }
}

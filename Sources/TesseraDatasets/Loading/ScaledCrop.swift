import Foundation
import TesseraImaging
import TesseraTensors

/// The geometry of ``RandomScale``, ``RandomCrop``, ``BalancedCrop`` and of `Framing.crop`: a random scale, then a
/// window of the requested size, the same for image and mask.
///
/// Scales are uniform in the logarithm: in `Augmentation.standard` they lie between 1/2 and 2, as often below 1 as
/// above. There, the window's position is drawn up to ten times, until no class covers more than 75% of the non-void
/// pixels; failing that, the most varied of the ten positions is used (mmsegmentation's `cat_max_ratio` rule). If the
/// scaled picture is smaller than the window, it lies somewhere inside, and the rest is medium gray (0 if it is not a
/// photograph) and void. A label space without void allows no padding, so its scales begin at 1. A loader that pads
/// with other values than medium gray says so.
public struct ScaledCrop: Sendable, Equatable {
  /// The size of the samples to crop, relative to the crop.
  public static let greatestScale = 2

  /// The share of a crop's counted pixels that one class may have.
  public static let classShareLimit = 0.75

  /// The number of positions that are tried for that.
  public static let tries = 10

  /// The size of the result.
  public let size: ImageSize

  /// What the whole picture is scaled to.
  public let scaled: ImageSize

  /// The column of the scaled picture at the result's left edge; negative where the picture begins further right.
  public let left: Int

  /// The row of the scaled picture at the result's upper edge; negative where the picture begins further down.
  public let top: Int

  /// Draws scale and position.
  ///
  /// - Parameters:
  ///   - sample: read at `greatestScale` times `size`.
  ///   - size: of the result.
  ///   - random: used only by the crop.
  public init(of sample: Sample, size: ImageSize, random: RandomStream) {
    self.init(
      of: sample, magnified: Double(Self.greatestScale), size: size,
      WindowRule(scales: 0.5...Double(Self.greatestScale), classShareLimit: Self.classShareLimit), random: random)
  }

  /// Draws scale and position.
  ///
  /// - Parameters:
  ///   - sample: read at `factor` times the size that it has at scale 1.
  ///   - size: of the result.
  ///   - rule: what is drawn from; a single scale is taken as it is, and with a limit of 1 the first position.
  ///   - random: used only by the crop.
  init(
    of sample: Sample, magnified factor: Double, size: ImageSize, _ rule: WindowRule, random: RandomStream
  ) {
    var random = random
    let (scales, limit) = (rule.scales, rule.classShareLimit)
    let least = sample.mask.labelSpace.void == nil ? max(1, scales.lowerBound) : scales.lowerBound
    let scale =
      least < scales.upperBound
      ? exp2(Double(random.uniform(in: Float(log2(least))..<Float(log2(scales.upperBound))))) : least
    func scaled(_ length: Int) -> Int {
      let share = rule.leastShare < 1 ? Double(random.uniform(in: Float(rule.leastShare)..<1)) : 1
      return max(1, Int((Double(length) / factor * scale / share).rounded()))
    }
    let scaled = ImageSize(width: scaled(sample.mask.width), height: scaled(sample.mask.height))
    var best: (crop: ScaledCrop, share: Double)?
    for _ in 0..<Self.tries {
      let crop = ScaledCrop(
        size: size, scaled: scaled, left: Self.offset(spare: scaled.width - size.width, random: &random),
        top: Self.offset(spare: scaled.height - size.height, random: &random))
      let share = limit < 1 ? crop.mask(of: sample.mask).greatestClassShare : 0
      if share < best?.share ?? 2 { best = (crop, share) }
      // If all of the picture is inside, every position shows the same.
      if share <= limit || crop.showsAll { break }
    }
    self = best?.crop ?? ScaledCrop(size: size, scaled: scaled, left: 0, top: 0)
  }

  /// All of a sample in the upper left corner of the result.
  init(placing sample: Sample, in size: ImageSize) {
    self.init(
      size: size, scaled: ImageSize(width: sample.mask.width, height: sample.mask.height), left: 0, top: 0)
  }

  private init(size: ImageSize, scaled: ImageSize, left: Int, top: Int) {
    (self.size, self.scaled, self.left, self.top) = (size, scaled, left, top)
  }

  /// Returns the crop of a sample, image and mask alike.
  ///
  /// - Parameters:
  ///   - sample: an image and its mask, of the same size.
  ///   - change: applied to the pixels of a photograph, not to the padding.
  public func applied(to sample: Sample, changing change: (Image) -> Image = { $0 }) -> Sample {
    var pixels = sample.pixels.resized(toWidth: scaled.width, height: scaled.height, columns: columns, rows: rows)
    if case .image(let image) = pixels.content { pixels = Pixels(change(image)) }
    let mask = mask(of: sample.mask)
    guard pixels.width != size.width || pixels.height != size.height else {
      return Sample(name: sample.name, pixels: pixels, mask: mask)
    }
    let (left, top) = (min(left, 0), min(top, 0))
    func window(_ mask: Mask, beside index: Int) -> Mask {
      mask.window(left: left, top: top, width: size.width, height: size.height, index: index)
    }
    var framed = Sample(
      name: sample.name,
      pixels: pixels.window(
        left: left, top: top, width: size.width, height: size.height, color: Color(128, 128, 128)),
      mask: window(mask, beside: mask.labelSpace.void ?? 0))
    let picture = [UInt16](repeating: 0, count: mask.indices.count)
    framed.padding = window(
      Mask(width: mask.width, height: mask.height, indices: picture, labelSpace: mask.labelSpace), beside: 1)
    return framed
  }

  private var columns: Range<Int> { max(left, 0)..<min(left + size.width, scaled.width) }
  private var rows: Range<Int> { max(top, 0)..<min(top + size.height, scaled.height) }
  private var showsAll: Bool { columns.count == scaled.width && rows.count == scaled.height }

  /// The part of the scaled mask that lies inside, without padding.
  private func mask(of mask: Mask) -> Mask {
    mask.resized(toWidth: scaled.width, height: scaled.height, columns: columns, rows: rows)
  }

  /// Where the window starts: inside a larger picture, or so that a smaller one lies inside the window.
  private static func offset(spare: Int, random: inout RandomStream) -> Int {
    spare >= 0 ? random.index(below: spare + 1) : -random.index(below: -spare + 1)
  }
}

extension Mask {
  /// The share of the most frequent class among the non-void pixels; 0 if all are void.
  fileprivate var greatestClassShare: Double {
    var counts = [Int](repeating: 0, count: Int(UInt8.max) + 1)
    for index in indices {
      if Int(index) >= counts.count { counts += [Int](repeating: 0, count: Int(index) + 1 - counts.count) }
      counts[Int(index)] += 1
    }
    if let void = labelSpace.void, void < counts.count { counts[void] = 0 }
    let counted = counts.reduce(0, +)
    return counted == 0 ? 0 : Double(counts.max() ?? 0) / Double(counted)
  }
}

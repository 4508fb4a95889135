import TesseraImaging
import TesseraTensors

/// Hides a rectangle of the image; the mask stays, so the network learns to tell from the surroundings what is hidden
/// (DeVries and Taylor 2017, arXiv:1708.04552). What is hidden looks like what lies beside a picture.
public struct CutOut: AugmentationStep {
  /// What the share can be.
  public static let range = 0.0...1.0

  /// The longest sides, as a share of the picture's.
  public let share: Double

  /// - Parameter share: in 0...1.
  public init(_ share: Double = 0.25) {
    require(Self.range.contains(share), "CutOut: the share must lie in 0...1; got \(share)")
    self.share = share
  }

  public var word: String { "cutout=\(share.shortText)" }

  public func applied(to sample: Sample, _ draw: SampleDraw) -> Sample {
    var random = draw.random
    let mask = sample.mask
    let sides = (share * Double(random.uniform()), share * Double(random.uniform()))
    let hidden = Rectangle(of: sides, in: mask, &random)
    if hidden.isEmpty { return sample }
    var result = sample
    result.pixels = sample.pixels.replacing(with: sample.pixels.blank) { hidden.contains($0) }
    result.padding = mask.marked { place in hidden.contains(place) || sample.padding?.indices[place] == 1 }
    return result
  }
}

/// Replaces a rectangle by that of another sample, image and mask alike (Yun et al. 2019, arXiv:1905.04899).
public struct CutMix: AugmentationStep {
  /// What the probability can be.
  public static let range = 0.0...1.0

  /// The share of samples that are mixed.
  public let probability: Double

  /// - Parameter probability: in 0...1.
  public init(_ probability: Double = 0.5) {
    require(Self.range.contains(probability), "CutMix: the probability must lie in 0...1; got \(probability)")
    self.probability = probability
  }

  public var word: String { "cutmix=\(probability.shortText)" }

  public func applied(to sample: Sample, _ draw: SampleDraw) throws -> Sample {
    var random = draw.random
    guard Double(random.uniform()) < probability else { return sample }
    // The rectangle's share of the area is uniform.
    let side = Double(random.uniform()).squareRoot()
    let mixed = Rectangle(of: (side, side), in: sample.mask, &random)
    // A batch says what is wrong with samples of different channels.
    let other = try draw.another(random.derived("another"))
    guard !mixed.isEmpty, other.pixels.channels == sample.pixels.channels else { return sample }
    var result = sample
    result.pixels = sample.pixels.replacing(with: other.pixels) { mixed.contains($0) }
    for place in result.mask.indices.indices where mixed.contains(place) {
      result.mask.indices[place] = other.mask.indices[place]
    }
    if sample.padding != nil || other.padding != nil {
      result.padding = sample.mask.marked { place in
        (mixed.contains(place) ? other : sample).padding?.indices[place] == 1
      }
    }
    return result
  }
}

/// Columns and rows of a picture.
private struct Rectangle {
  private let columns: Range<Int>
  private let rows: Range<Int>
  private let width: Int

  /// A rectangle at a place that is drawn.
  ///
  /// - Parameter sides: shares of width and height.
  init(of sides: (Double, Double), in mask: Mask, _ random: inout RandomStream) {
    func range(_ share: Double, of length: Int) -> Range<Int> {
      let part = Int((share * Double(length)).rounded())
      let start = random.index(below: length - part + 1)
      return start..<start + part
    }
    (columns, rows) = (range(sides.0, of: mask.width), range(sides.1, of: mask.height))
    width = mask.width
  }

  var isEmpty: Bool { columns.isEmpty || rows.isEmpty }

  /// Whether the pixel with this number lies in it.
  func contains(_ place: Int) -> Bool {
    let (row, column) = place.quotientAndRemainder(dividingBy: width)
    return rows.contains(row) && columns.contains(column)
  }
}

extension Mask {
  /// A mask of its size that holds 1 where `holds` does for the pixel's number, and 0 elsewhere.
  fileprivate func marked(where holds: (Int) -> Bool) -> Mask {
    Mask(
      width: width, height: height, indices: indices.indices.map { holds($0) ? 1 : 0 }, labelSpace: labelSpace)
  }
}

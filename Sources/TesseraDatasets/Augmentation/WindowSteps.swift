import TesseraImaging
import TesseraTensors

/// How a sample is scaled, and where its window lies; see ``ScaledCrop``.
struct WindowRule: Sendable {
  /// What the sample is scaled by.
  var scales = 1.0...1.0
  /// The least share of the sides that is seen, enlarged; each side's is drawn between this and 1.
  var leastShare = 1.0
  /// The share of the counted pixels that one class may have.
  var classShareLimit = 1.0

  /// How large the picture can become.
  var greatestScale: Double { scales.upperBound / leastShare }
}

/// A step that is about the window: it comes before all others, because samples are read for it.
protocol WindowStep: AugmentationStep {
  func changing(_ rule: WindowRule) -> WindowRule
}

extension WindowStep {
  /// Nothing more: the window is as the rule says.
  public func applied(to sample: Sample, _ draw: SampleDraw) -> Sample { sample }
}

/// Scales pictures by a factor that is drawn from a range, as often below its geometric mean as above, and takes a
/// window at a random place; where the picture is smaller than the window, the rest is void.
public struct RandomScale: WindowStep {
  /// What factors can be; samples are read at up to twice their size, so beyond 2 details are interpolated.
  public static let range = 0.25...4.0

  public let scales: ClosedRange<Double>

  /// - Parameter scales: in 0.25...4.
  public init(_ scales: ClosedRange<Double>) {
    require(
      Self.range.contains(scales.lowerBound) && Self.range.contains(scales.upperBound),
      "RandomScale: scales must lie in 0.25...4; got \(scales)")
    self.scales = scales
  }

  public var word: String { "scale=\(scales.lowerBound.shortText):\(scales.upperBound.shortText)" }

  func changing(_ rule: WindowRule) -> WindowRule {
    var rule = rule
    rule.scales = scales
    return rule
  }
}

/// Takes a window at a random place and stretches it to the whole: its width and its height are drawn on their own, as
/// shares of what would be seen otherwise, so shapes change, too (the crop of Szegedy et al. 2014, arXiv:1409.4842).
public struct RandomCrop: WindowStep {
  /// What the least share of the sides can be.
  public static let range = 0.25...1.0

  /// The least share of the sides.
  public let share: Double

  /// - Parameter share: in 0.25...1.
  public init(_ share: Double) {
    require(Self.range.contains(share), "RandomCrop: the share must lie in 0.25...1; got \(share)")
    self.share = share
  }

  public var word: String { "crop=\(share.shortText)" }

  func changing(_ rule: WindowRule) -> WindowRule {
    var rule = rule
    rule.leastShare = share
    return rule
  }
}

/// Class-balanced crops: draws the window's place up to ten times, until no class covers more than a share of its
/// counted pixels.
public struct BalancedCrop: WindowStep {
  /// What the share can be.
  public static let range = 0.0...1.0

  /// The share that one class may have.
  public let share: Double

  /// - Parameter share: in 0...1.
  public init(_ share: Double = ScaledCrop.classShareLimit) {
    require(Self.range.contains(share), "BalancedCrop: the share must lie in 0...1; got \(share)")
    self.share = share
  }

  public var word: String { "balance=\(share.shortText)" }

  func changing(_ rule: WindowRule) -> WindowRule {
    var rule = rule
    rule.classShareLimit = share
    return rule
  }
}

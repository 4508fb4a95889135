import TesseraImaging
import TesseraTensors

/// Boundary IoU (Cheng et al. 2021, arXiv:2103.16562): the IoU of those pixels of a class that lie near its contours,
/// in the truth and in the prediction. It tells how exact outlines are, which the IoU of large objects hardly does.
///
/// Near is within a share of the picture's diagonal, in steps along rows, columns or diagonals; the picture's edge is a
/// contour, and so is void, which the prediction gets where the truth has it. Sums run over the whole data set.
/// ```swift
/// var boundaries = BoundaryIoU(labelSpace)
/// boundaries.add(predicted: prediction, truth: mask)
/// boundaries.metrics(absentClasses: .zero).meanIoU
/// ```
public struct BoundaryIoU: Sendable, Equatable {
  /// The paper's share of the diagonal.
  public static let usualShare = 0.02

  /// The share of the diagonal that pixels may be away from a contour.
  public let share: Double
  /// The pixels near contours.
  public private(set) var counts: ClassCounts

  /// - Parameters:
  ///   - labelSpace: what the masks' indices mean.
  ///   - share: of the diagonal, above 0.
  public init(_ labelSpace: LabelSpace, share: Double = usualShare) {
    self.init(ClassCounts(labelSpace), share: share)
  }

  /// Creates what was counted elsewhere.
  package init(_ counts: ClassCounts, share: Double) {
    require(share > 0 && share.isFinite, "BoundaryIoU: the share of the diagonal must be above 0; got \(share)")
    (self.share, self.counts) = (share, counts)
  }

  /// Counts one picture.
  public mutating func add(predicted: Mask, truth: Mask) {
    require(
      predicted.width == truth.width && predicted.height == truth.height,
      "BoundaryIoU: the prediction is \(predicted.width) x \(predicted.height), the truth \(truth.width) x "
        + "\(truth.height)")
    var predicted = predicted
    if let void = counts.labelSpace.void.map(UInt16.init) {
      for pixel in truth.indices.indices where truth.indices[pixel] == void { predicted.indices[pixel] = void }
    }
    let (width, height) = (Double(truth.width), Double(truth.height))
    let diagonal = (width * width + height * height).squareRoot()
    // As the paper's program rounds.
    let distance = max(1, Int((share * diagonal).rounded(.toNearestOrEven)))
    let (trueBoundary, ownBoundary) = (truth.boundary(within: distance), predicted.boundary(within: distance))
    counts.add(
      predicted: predicted, truth: truth, countsTruth: { trueBoundary[$0] }, countsPrediction: { ownBoundary[$0] })
  }

  /// Adds the counts of another part of the data set.
  public static func += (left: inout BoundaryIoU, right: BoundaryIoU) {
    require(left.share == right.share, "BoundaryIoU: the shares of the diagonal differ")
    left.counts += right.counts
  }

  /// Metrics of the pixels near contours: their IoU is the boundary IoU.
  public func metrics(absentClasses: AbsentClasses) -> SegmentationMetrics {
    counts.metrics(absentClasses: absentClasses)
  }
}

extension Mask {
  /// Whether a pixel with another value, or what lies beside the picture, is at most so many steps away from each
  /// pixel, `[height, width]` row-major; a step may be diagonal.
  func boundary(within distance: Int) -> [Bool] {
    // Inside along its row, then along its column among such pixels: the whole square around it has one value.
    var isInside = [Bool](repeating: false, count: indices.count)
    for row in 0..<height {
      var first = 0
      while first < width {
        let start = row * width
        var end = first + 1
        while end < width && indices[start + end] == indices[start + first] { end += 1 }
        for x in first + distance..<max(first + distance, end - distance) { isInside[start + x] = true }
        first = end
      }
    }
    var isBoundary = [Bool](repeating: true, count: indices.count)
    for x in 0..<width {
      var y = 0
      while y < height {
        let first = y
        func continues() -> Bool {
          isInside[y * width + x] && indices[y * width + x] == indices[first * width + x]
        }
        while y < height && continues() { y += 1 }
        for row in first + distance..<max(first + distance, y - distance) { isBoundary[row * width + x] = false }
        if y == first { y += 1 }
      }
    }
    return isBoundary
  }
}

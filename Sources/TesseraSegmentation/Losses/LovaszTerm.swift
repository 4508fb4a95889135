import TesseraKernels
import TesseraTensors

/// The Lovasz-softmax loss: for each class the Jaccard loss, extended from sets of wrong pixels to their errors. The
/// mean over the classes that are true somewhere.
///
/// Pixels are sorted by their errors; what one adds to the Jaccard loss of all pixels before it is the slope of its
/// error. After all pixels of the class the Jaccard loss is 1 and grows no more: pixels of other classes with smaller
/// errors are not even looked at.
struct LovaszTerm: SoftmaxTerm {
  var needs: SoftmaxNeeds { .peaks }
  var isSmoothed: Bool { false }
  var accumulation: LossAccumulation { .byBatch }

  func evaluate(
    _ pixels: LossPixels, times factor: Double, into slopes: inout SoftmaxSlopes
  ) -> (mean: Double, weight: Double) {
    guard pixels.areFinite else { return (.nan, pixels.weight) }
    let softmax = pixels.softmax
    let (present, weight) = pixels.presentClasses
    guard weight > 0 else { return (0, pixels.weight) }
    var means = [Double](repeating: 0, count: present.count)
    var ownSlopes = Tensor.zeros([softmax.rows])
    let ownRows = softmax.rowsByLabel
    softmax.withOwnProbabilities { owns in
      let bounds = Self.bounds(of: present, ownRows, owns, classes: softmax.classes)
      var others = softmax.probabilities(reaching: bounds)
      let (places, tiles, tiling) = (others.placesByClass, others.tiles, others.tiling)
      let most = present.map { min(softmax.rows, ownRows[$0].count + places[$0].count * tiling.height) }.max() ?? 0
      ownSlopes.withUnsafeMutableBufferPointer { ownSlopes in
        others.values.withUnsafeMutableBufferPointer { others in
          means.withUnsafeMutableBufferPointer { means in
            // Two arrays of sorted pixels, eight bytes each.
            parallelFor(present.count, scratch: 4 * most) { index, scratch in
              let label = present[index]
              var errors = SortedErrors(in: scratch, roomFor: most)
              errors.take(
                ownRows[label], owns, others: others.baseAddress!, reaching: bounds[label], at: places[label], tiles,
                tiling)
              errors.sort()
              means[index] = errors.replace(
                ownCount: ownRows[label].count, owns, ownSlopes.baseAddress!, others.baseAddress!, at: places[label],
                height: tiling.height, times: factor * pixels.classWeights[label] / weight)
            }
          }
        }
      }
      (slopes.owns, slopes.others) = (ownSlopes, others)
    }
    let mean = zip(present, means).reduce(0) { $0 + $1.1 * pixels.classWeights[$1.0] / weight }
    return (mean, pixels.weight)
  }

  /// The probability from which a pixel of another class has an error that is not smaller than those of all pixels of a
  /// class, `[classes]`; infinite for a class that does not count.
  private static func bounds(
    of present: [Int], _ ownRows: [ArraySlice<Int32>], _ owns: UnsafePointer<Float>, classes: Int
  ) -> [Float] {
    var bounds = [Float](repeating: .infinity, count: classes)
    for label in present { bounds[label] = 0 }
    bounds.withUnsafeMutableBufferPointer { bounds in
      parallelFor(present.count) { index in
        let label = present[index]
        var largest: Float = 0
        for row in ownRows[label] { largest = max(owns[Int(row)], largest) }
        bounds[label] = SortedErrors.bound(1 - largest)
      }
    }
    return bounds
  }
}

extension SegmentationLoss {
  /// The Lovasz-softmax loss, the mean over the classes that are true somewhere in the batch (Berman et al. 2018,
  /// arXiv:1705.08790).
  ///
  /// Errors are sorted to 1/4,194,304; of several in one such step the first pixel counts as the larger, and a pixel of
  /// another class that has less than one step has none.
  public static let lovasz = SegmentationLoss("lovasz", LovaszTerm())
}

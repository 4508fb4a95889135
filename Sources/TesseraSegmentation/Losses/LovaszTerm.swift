import TesseraKernels
import TesseraTensors

/// The Lovasz-softmax loss: for each class the Jaccard loss, extended from sets of wrong pixels to their errors. The
/// mean over the classes that are true somewhere.
///
/// Pixels are sorted by their errors; what one adds to the Jaccard loss of all pixels before it is the slope of its
/// error.
struct LovaszTerm: SoftmaxTerm {
  var needsSums: Bool { false }
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
    var all = softmax.probabilities(of: present)
    // 1 / n for every count of pixels, so that no pixel needs a division.
    let inverses = (0...softmax.counted + 1).map { $0 == 0 ? 0 : 1 / Double($0) }
    let ownRows = softmax.rowsByLabel
    all.withUnsafeMutableBufferPointer { all in
      means.withUnsafeMutableBufferPointer { means in
        softmax.labels.withUnsafeBufferPointer { labels in
          inverses.withUnsafeBufferPointer { inverses in
            // Two arrays of sorted pixels, eight bytes each.
            parallelFor(present.count, scratch: 4 * softmax.rows) { place, scratch in
              let share = pixels.classWeights[present[place]] / weight
              var errors = SortedErrors(in: scratch, roomFor: softmax.rows)
              let probabilities = all.baseAddress! + place * softmax.rows
              let label = Int32(present[place])
              errors.take(
                probabilities, labels.baseAddress!, of: label, in: ownRows[present[place]], ignoring: softmax.ignored)
              errors.sort()
              means[place] = errors.replace(
                probabilities, count: softmax.classCounts[present[place]], inverses.baseAddress!,
                times: factor * share)
            }
          }
        }
      }
    }
    slopes.probabilities = (present, all)
    let mean = zip(present, means).reduce(0) { $0 + $1.1 * pixels.classWeights[$1.0] / weight }
    return (mean, pixels.weight)
  }
}

/// The errors of one class, sorted from the largest on: by radix, since millions are sorted in a step.
private struct SortedErrors {
  /// 22 bits of an error, which single precision does not exceed near 1, then the pixel and whether it is of the class.
  private var records, spare: UnsafeMutablePointer<UInt64>
  private let rows: Int
  private var count = 0

  private static let digitBits = 11
  private static let mostDigits = 1 << digitBits
  private static let steps = Float(1 << (2 * digitBits))
  /// Pixels that are looked at together before each by itself.
  private static let blockRows = 64

  init(in scratch: UnsafeMutablePointer<Float>, roomFor rows: Int) {
    let memory = UnsafeMutableRawPointer(scratch).bindMemory(to: UInt64.self, capacity: 2 * rows)
    (records, spare, self.rows) = (memory, memory + rows, rows)
  }

  /// The more an error is, the smaller is its key.
  private static func key(_ error: Float) -> UInt64 {
    UInt64(steps - 1) - UInt64(max(0, min(error * steps, steps - 1)))
  }

  /// Takes the pixels that can have a slope: those of the class, and others whose errors are not less than all of theirs,
  /// after which the Jaccard loss is 1 and grows no more.
  ///
  /// - Parameters:
  ///   - probabilities: `[rows]`; 0 in rows that are ignored.
  ///   - labels: `[rows]`.
  ///   - label: the class.
  ///   - ownRows: its rows, in order.
  ///   - ignored: the label of rows that are not counted.
  mutating func take(
    _ probabilities: UnsafePointer<Float>, _ labels: UnsafePointer<Int32>, of label: Int32, in ownRows: ArraySlice<Int>,
    ignoring ignored: Int32
  ) {
    var last: UInt64 = 0
    for row in ownRows { last = max(last, Self.key(1 - probabilities[row])) }
    // The probability from which a pixel of another class has such a key.
    let least = (Self.steps - 1 - Float(last)) / Self.steps
    count = 0
    var next = ownRows.startIndex
    for start in stride(from: 0, to: rows, by: Self.blockRows) {
      let block = start..<min(rows, start + Self.blockRows)
      let holdsOwn = next < ownRows.endIndex && ownRows[next] < block.upperBound
      // Most pixels are sure that they are none of most classes. Counted, because that is done in vectors.
      var reaching: Int32 = 0
      for row in block { reaching &+= probabilities[row] >= least ? 1 : 0 }
      if !holdsOwn && reaching == 0 { continue }
      while next < ownRows.endIndex, ownRows[next] < block.upperBound { next += 1 }
      for row in block where labels[row] != ignored {
        let isOwn = labels[row] == label
        let key = Self.key(isOwn ? 1 - probabilities[row] : probabilities[row])
        if key > last { continue }
        records[count] = key << 33 | UInt64(row) << 1 | (isOwn ? 1 : 0)
        count += 1
      }
    }
  }

  mutating func sort() {
    for shift in [33, 33 + Self.digitBits] {
      withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.mostDigits) { starts in
        starts.update(repeating: 0)
        let mask = UInt64(Self.mostDigits - 1)
        for place in 0..<count { starts[Int(records[place] >> UInt64(shift) & mask)] += 1 }
        var sum = 0
        for digit in starts.indices { (starts[digit], sum) = (sum, sum + starts[digit]) }
        for place in 0..<count {
          let digit = Int(records[place] >> UInt64(shift) & mask)
          spare[starts[digit]] = records[place]
          starts[digit] += 1
        }
      }
      swap(&records, &spare)
    }
  }

  /// Replaces probabilities by the loss's slopes with respect to them.
  ///
  /// - Parameters:
  ///   - probabilities: `[rows]`.
  ///   - own: the pixels of the class.
  ///   - inverses: 1 / n of each n.
  ///   - factor: what the slopes are multiplied by.
  /// - Returns: the loss of the class.
  func replace(
    _ probabilities: UnsafeMutablePointer<Float>, count own: Int, _ inverses: UnsafePointer<Double>,
    times factor: Double
  ) -> Double {
    // Errors are read before they are overwritten: a pixel occurs once.
    var (loss, left, union) = (0.0, Double(own), own)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, count)) { slopes in
      for place in 0..<count {
        let row = Int(records[place] >> 1 & 0xffff_ffff)
        if records[place] & 1 == 1 {
          // The intersection loses a pixel.
          let slope = inverses[union]
          left -= 1
          loss += Double(1 - probabilities[row]) * slope
          slopes[place] = Float(-factor * slope)
        } else {
          // The union gains one.
          let slope = left * (inverses[union] - inverses[union + 1])
          union += 1
          loss += Double(probabilities[row]) * slope
          slopes[place] = Float(factor * slope)
        }
      }
      probabilities.update(repeating: 0, count: rows)
      for place in 0..<count { probabilities[Int(records[place] >> 1 & 0xffff_ffff)] = slopes[place] }
    }
    return loss
  }
}

extension SegmentationLoss {
  /// The Lovasz-softmax loss, the mean over the classes that are true somewhere in the batch (Berman et al. 2018,
  /// arXiv:1705.08790).
  ///
  /// Errors are sorted to 1/4,194,304; of several in one such step the first pixel counts as the larger.
  public static let lovasz = SegmentationLoss("lovasz", LovaszTerm())
}

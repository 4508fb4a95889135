import CKernels
import TesseraTensors

/// The softmax of rows of logits with a label each, as losses need it: facts about rows and classes instead of all
/// probabilities, and the gradient that follows from what a loss makes of them.
package struct LabeledSoftmax: Sendable {
  /// `[..., classes]`.
  package let logits: Tensor
  /// One for each row, in 0..<classes or `ignored`.
  package let labels: [Int32]
  /// The label of rows that are not counted; a number that no label has if all are.
  package let ignored: Int32
  package let classes: Int
  /// The counted rows of each label, `[classes]`.
  package let classCounts: [Int]
  /// Counted rows.
  package let counted: Int
  /// Counted rows whose largest logit is the label.
  package let correct: Int
  /// The probabilities of each class, added up over counted rows, `[classes]`; empty unless requested.
  package let sums: [Double]
  /// The same over the rows with this label, `[classes]`.
  package let overlaps: [Double]
  /// `[rows]` each: largest logits, 1 / sums of exponentials, logarithms of the labels' probabilities and, if
  /// requested, means of all classes' logarithms.
  private let facts: Tensor
  private let hasMeans: Bool

  /// Bounds the error of a sum of probabilities in single precision.
  private static let mostRows = 1024

  /// - Parameters:
  ///   - logits: `[..., classes]`.
  ///   - labels: one for each row, in 0..<classes or `ignored`.
  ///   - ignored: the label of rows that are not counted; `nil` if all are.
  ///   - wantsMeans: whether ``meanLogProbabilities`` are needed.
  ///   - wantsSums: whether ``sums`` and ``overlaps`` are needed.
  package init(logits: Tensor, labels: [Int32], ignored: Int32?, wantsMeans: Bool, wantsSums: Bool) {
    let classes = logits.shape.rank > 0 ? logits.shape[-1] : 0
    require(
      classes > 0 && logits.count == labels.count * classes,
      "loss: logits \(logits.shape) need \(logits.count / max(1, classes)) labels; got \(labels.count)")
    classCounts = labelCounts(labels, ignored, classes: classes, in: "loss")
    let rows = labels.count
    let void = ignored ?? -1
    let grain = min(rowGrain(classes), Self.mostRows)
    let blocks = (rows + grain - 1) / grain
    var correct = [Int](repeating: 0, count: blocks)
    var parts = [Float](repeating: 0, count: wantsSums ? 2 * blocks * classes : 0)
    let facts = Tensor(shape: [wantsMeans ? 4 : 3, rows]) { facts in
      logits.withUnsafeBufferPointer { z in
        labels.withUnsafeBufferPointer { labels in
          correct.withUnsafeMutableBufferPointer { correct in
            parts.withUnsafeMutableBufferPointer { parts in
              parallelFor(blocks, scratch: classes) { block, scratch in
                let (start, end) = (block * grain, min(rows, (block + 1) * grain))
                var row = Self.rowFacts(facts.baseAddress!, rows, from: start, withMeans: wantsMeans)
                let sums = wantsSums ? parts.baseAddress! + 2 * block * classes : nil
                correct[block] = Int(
                  kernels.labeled_softmax(
                    z.baseAddress! + start * classes, labels.baseAddress! + start, end - start, classes, void, &row,
                    sums, sums.map { $0 + classes }, scratch))
              }
            }
          }
        }
      }
    }
    (self.logits, self.labels, self.ignored, self.classes, self.facts) = (logits, labels, void, classes, facts)
    hasMeans = wantsMeans
    counted = classCounts.reduce(0, +)
    self.correct = correct.reduce(0, +)
    // In the blocks' order, so that threads change no bit.
    func total(of half: Int) -> [Double] {
      wantsSums
        ? (0..<classes).map { index in
          (0..<blocks).reduce(0) { $0 + Double(parts[(2 * $1 + half) * classes + index]) }
        } : []
    }
    (sums, overlaps) = (total(of: 0), total(of: 1))
  }

  /// The number of rows.
  package var rows: Int { labels.count }

  /// The counted rows of each label, in order.
  package var rowsByLabel: [ArraySlice<Int>] {
    var ends = [0]
    for count in classCounts { ends.append(ends[ends.count - 1] + count) }
    var (next, rows) = (ends, [Int](repeating: 0, count: counted))
    for (row, label) in labels.enumerated() where label != ignored {
      rows[next[Int(label)]] = row
      next[Int(label)] += 1
    }
    return classCounts.indices.map { rows[ends[$0]..<ends[$0 + 1]] }
  }

  /// The logarithms of the labels' probabilities, `[rows]`; 0 in rows that are not counted.
  package func withLogProbabilities<Result>(_ body: (UnsafePointer<Float>) throws -> Result) rethrows -> Result {
    try facts.withUnsafeBufferPointer { try body($0.baseAddress! + 2 * rows) }
  }

  /// The means of the logarithms of all classes' probabilities, `[rows]`; `nil` unless requested.
  package func withMeanLogProbabilities<Result>(
    _ body: (UnsafePointer<Float>?) throws -> Result
  ) rethrows -> Result {
    try facts.withUnsafeBufferPointer { try body(hasMeans ? $0.baseAddress! + 3 * rows : nil) }
  }

  /// The probabilities of some classes, `[listed, rows]`; 0 in rows that are not counted.
  package func probabilities(of listed: [Int]) -> Tensor {
    let listed = listed.map { Int32($0) }
    return Tensor(shape: [listed.count, rows]) { out in
      overRows(scratchRows: Int(TK_LISTED_ROWS)) { start, count, z, _, row, scratch in
        kernels.listed_probabilities(
          z, count, classes, row, listed, listed.count, scratch, out.baseAddress! + start, rows)
      }
    }
  }

  /// The gradient with respect to the logits, of their shape.
  package func gradient(_ slopes: SoftmaxSlopes) -> Tensor {
    let sums = slopes.sums.map { Float($0) }
    let overlaps = slopes.overlaps.map { Float($0) }
    return Tensor(shape: logits.shape) { gradient in
      slopes.withProbabilitySlopes { single in
        overRows { start, count, z, labels, row, scratch in
          let out = gradient.baseAddress! + start * classes
          if let single { slopes.place(single, rows: start..<start + count, of: rows, classes, in: out) }
          slopes.pulls.withUnsafeBufferPointer { pulls in
            slopes.floors.withUnsafeBufferPointer { floors in
              sums.withUnsafeBufferPointer { sums in
                overlaps.withUnsafeBufferPointer { overlaps in
                  var all = tk_loss_slopes(
                    pulls: pulls.baseAddress! + start, floors: floors.isEmpty ? nil : floors.baseAddress! + start,
                    sums: sums.isEmpty ? nil : sums.baseAddress,
                    overlaps: overlaps.isEmpty ? nil : overlaps.baseAddress,
                    adds: single != nil)
                  kernels.labeled_softmax_backward(z, labels, count, classes, ignored, row, &all, scratch, out)
                }
              }
            }
          }
        }
      }
    }
  }

  private typealias RowsBody = (
    _ start: Int, _ count: Int, _ logits: UnsafePointer<Float>, _ labels: UnsafePointer<Int32>,
    _ facts: UnsafePointer<tk_row_facts>, _ scratch: UnsafeMutablePointer<Float>
  ) -> Void

  /// Calls `body` with blocks of rows, on the context's threads: whole cache lines of what has a float for each row.
  private func overRows(scratchRows: Int = 1, _ body: RowsBody) {
    let line = Int(TK_LISTED_ROWS)
    let grain = (rowGrain(classes) + line - 1) / line * line
    logits.withUnsafeBufferPointer { z in
      labels.withUnsafeBufferPointer { labels in
        facts.withUnsafeBufferPointer { facts in
          parallelFor((rows + grain - 1) / grain, scratch: scratchRows * classes) { block, scratch in
            let start = block * grain
            // Kernels that come after the first only read them.
            let facts = UnsafeMutablePointer(mutating: facts.baseAddress!)
            var row = Self.rowFacts(facts, rows, from: start, withMeans: false)
            body(
              start, min(rows, start + grain) - start, z.baseAddress! + start * classes, labels.baseAddress! + start,
              &row, scratch)
          }
        }
      }
    }
  }

  private static func rowFacts(
    _ facts: UnsafeMutablePointer<Float>, _ rows: Int, from start: Int, withMeans: Bool
  ) -> tk_row_facts {
    tk_row_facts(
      tops: facts + start, scales: facts + rows + start, logs: facts + 2 * rows + start,
      mean_logs: withMeans ? facts + 3 * rows + start : nil)
  }
}

/// How a loss changes with the facts of a ``LabeledSoftmax``: what its terms add to, each for itself.
package struct SoftmaxSlopes {
  /// How much the loss falls as the logarithm of each row's label rises, and with it the mean of all classes'
  /// logarithms, `[rows]`.
  package var pulls: [Float]
  /// The part of a pull that the mean has, divided by the number of classes, `[rows]`; empty if none has one.
  package var floors: [Float] = []
  /// By the sums of probabilities, `[classes]`; empty if the loss does not look at them.
  package var sums: [Double] = []
  /// By the overlaps, `[classes]`.
  package var overlaps: [Double] = []
  /// By the probabilities of some classes, `[listed, rows]`; `nil` if the loss does not look at them.
  package var probabilities: (listed: [Int], slopes: Tensor)?

  /// - Parameter softmax: what the loss is made of.
  package init(of softmax: LabeledSoftmax, smoothed: Bool) {
    pulls = [Float](repeating: 0, count: softmax.rows)
    if smoothed { floors = pulls }
    if !softmax.sums.isEmpty {
      sums = [Double](repeating: 0, count: softmax.classes)
      overlaps = sums
    }
  }

  /// Calls `body` with what belongs to rows; `floors` is `nil` where nothing is smoothed.
  package mutating func withRows<Result>(
    _ body: (_ pulls: UnsafeMutablePointer<Float>, _ floors: UnsafeMutablePointer<Float>?) -> Result
  ) -> Result {
    // Taken out, since both are changed at a time.
    var (pulls, floors) = (self.pulls, self.floors)
    (self.pulls, self.floors) = ([], [])
    defer { (self.pulls, self.floors) = (pulls, floors) }
    return pulls.withUnsafeMutableBufferPointer { pulls in
      floors.withUnsafeMutableBufferPointer { floors in
        body(pulls.baseAddress!, floors.isEmpty ? nil : floors.baseAddress)
      }
    }
  }

  fileprivate func withProbabilitySlopes(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let probabilities else { return body(nil) }
    probabilities.slopes.withUnsafeBufferPointer { body($0.baseAddress) }
  }

  /// Writes a block of rows of the slopes by single probabilities, with 0 for classes that are not listed.
  fileprivate func place(
    _ slopes: UnsafePointer<Float>, rows: Range<Int>, of all: Int, _ classes: Int, in out: UnsafeMutablePointer<Float>
  ) {
    guard let listed = probabilities?.listed else { return }
    out.update(repeating: 0, count: rows.count * classes)
    // As many rows at a time as stay in the cache, of which most have no slope by most classes.
    let height = 2 * Int(TK_LISTED_ROWS)
    for start in stride(from: 0, to: rows.count, by: height) {
      let tile = start..<min(rows.count, start + height)
      for (place, index) in listed.enumerated() {
        let source = slopes + place * all + rows.lowerBound
        var bits: UInt32 = 0
        for row in tile { bits |= source[row].bitPattern }
        if bits == 0 { continue }
        for row in tile { out[row * classes + index] = source[row] }
      }
    }
  }
}

/// The counted rows of each label; stops at one that is not a class.
func labelCounts(_ labels: [Int32], _ ignored: Int32?, classes: Int, in operation: String) -> [Int] {
  var counts = [Int](repeating: 0, count: classes)
  for (row, label) in labels.enumerated() where label != ignored {
    require(
      label >= 0 && label < classes,
      "\(operation): label \(label) of row \(row) is neither a class in 0..<\(classes) nor the ignored label"
        + " (\(ignored.map(String.init) ?? "none"))")
    counts[Int(label)] += 1
  }
  return counts
}

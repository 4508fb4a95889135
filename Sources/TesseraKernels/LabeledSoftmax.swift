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
  /// Rows as they are cut for threads and caches.
  let tiling: RowTiles
  /// The largest probabilities of each class in a tile's rows with other labels, `[tiles * peakStep]`; empty unless
  /// requested.
  let peaks: Tensor
  let peakStep: Int
  /// `[rows]` each: largest logits, 1 / sums of exponentials, logarithms of the labels' probabilities and, if
  /// requested, means of all classes' logarithms and the labels' probabilities.
  private let facts: Tensor
  private let needs: SoftmaxNeeds

  /// - Parameters:
  ///   - logits: `[..., classes]`.
  ///   - labels: one for each row, in 0..<classes or `ignored`.
  ///   - ignored: the label of rows that are not counted; `nil` if all are.
  ///   - needs: what is asked of it besides logarithms of the labels' probabilities.
  package init(logits: Tensor, labels: [Int32], ignored: Int32?, needs: SoftmaxNeeds = []) {
    let classes = logits.shape.rank > 0 ? logits.shape[-1] : 0
    require(
      classes > 0 && logits.count == labels.count * classes,
      "loss: logits \(logits.shape) need \(logits.count / max(1, classes)) labels; got \(labels.count)")
    classCounts = labelCounts(labels, ignored, classes: classes, in: "loss")
    let rows = labels.count
    let void = ignored ?? -1
    let tiling = RowTiles(rows: rows, classes: classes)
    let line = Int(TK_LINE)
    let peakStep = (classes + line - 1) / line * line
    let wantsSums = needs.contains(.sums)
    var correct = [Int](repeating: 0, count: tiling.blocks)
    var parts = [Float](repeating: 0, count: wantsSums ? 2 * tiling.blocks * classes : 0)
    var peaks = Tensor(shape: [needs.contains(.peaks) ? tiling.count * peakStep : 0]) { _ in }
    let facts = Tensor(shape: [needs.rowFacts, rows]) { facts in
      logits.withUnsafeBufferPointer { z in
        labels.withUnsafeBufferPointer { labels in
          correct.withUnsafeMutableBufferPointer { correct in
            parts.withUnsafeMutableBufferPointer { parts in
              peaks.withUnsafeMutableBufferPointer { peaks in
                parallelFor(tiling.blocks, scratch: classes + line) { block, scratch in
                  let its = tiling.rows(ofBlock: block)
                  var row = needs.rowFacts(in: facts.baseAddress!, rows, from: its.lowerBound)
                  let sums = wantsSums ? parts.baseAddress! + 2 * block * classes : nil
                  var totals = tk_softmax_totals(
                    sums: sums, overlaps: sums.map { $0 + classes },
                    peaks: peaks.isEmpty
                      ? nil : peaks.baseAddress! + tiling.tiles(ofBlock: block).lowerBound * peakStep,
                    tile_rows: tiling.height, peak_step: peakStep)
                  correct[block] = Int(
                    kernels.labeled_softmax(
                      z.baseAddress! + its.lowerBound * classes, labels.baseAddress! + its.lowerBound, its.count,
                      classes, void, &row, &totals, scratch))
                }
              }
            }
          }
        }
      }
    }
    (self.logits, self.labels, self.ignored, self.classes, self.facts) = (logits, labels, void, classes, facts)
    (self.tiling, self.peaks, self.peakStep, self.needs) = (tiling, peaks, peakStep, needs)
    counted = classCounts.reduce(0, +)
    self.correct = correct.reduce(0, +)
    // In the blocks' order, so that threads change no bit.
    func total(of half: Int) -> [Double] {
      wantsSums
        ? (0..<classes).map { index in
          (0..<tiling.blocks).reduce(0) { $0 + Double(parts[(2 * $1 + half) * classes + index]) }
        } : []
    }
    (sums, overlaps) = (total(of: 0), total(of: 1))
  }

  /// The number of rows.
  package var rows: Int { labels.count }

  /// The counted rows of each label, in order.
  package var rowsByLabel: [ArraySlice<Int32>] { places(ofEach: labels, counts: classCounts, ignoring: ignored) }

  /// The logarithms of the labels' probabilities, `[rows]`; 0 in rows that are not counted.
  package func withLogProbabilities<Result>(_ body: (UnsafePointer<Float>) throws -> Result) rethrows -> Result {
    try facts.withUnsafeBufferPointer { try body($0.baseAddress! + 2 * rows) }
  }

  /// The means of the logarithms of all classes' probabilities, `[rows]`; `nil` unless requested.
  package func withMeanLogProbabilities<Result>(
    _ body: (UnsafePointer<Float>?) throws -> Result
  ) rethrows -> Result {
    try withFacts { try body(UnsafePointer($0.mean_logs)) }
  }

  /// The labels' probabilities, `[rows]`; 0 in rows that are not counted. Needs ``SoftmaxNeeds/peaks``.
  package func withOwnProbabilities<Result>(_ body: (UnsafePointer<Float>) throws -> Result) rethrows -> Result {
    try withFacts { facts in
      guard let owns = facts.owns else { fatalError("a softmax was made without its labels' probabilities") }
      return try body(owns)
    }
  }

  /// Probabilities of single classes, in the tiles in which a row with another label reaches its class's bound; needs
  /// ``SoftmaxNeeds/peaks``.
  ///
  /// - Parameter bounds: `[classes]`; infinite for a class that is not asked for.
  package func probabilities(reaching bounds: [Float]) -> ProbabilityTiles {
    ProbabilityTiles(of: self, reaching: bounds)
  }

  func withFacts<Result>(from row: Int = 0, _ body: (tk_row_facts) throws -> Result) rethrows -> Result {
    try facts.withUnsafeBufferPointer {
      // Kernels that come after the first only read them.
      try body(needs.rowFacts(in: UnsafeMutablePointer(mutating: $0.baseAddress!), rows, from: row))
    }
  }

  /// The gradient with respect to the logits, of their shape.
  package func gradient(_ slopes: SoftmaxSlopes) -> Tensor {
    Tensor(shape: logits.shape) { gradient in
      logits.withUnsafeBufferPointer { z in
        labels.withUnsafeBufferPointer { labels in
          slopes.withKernelSlopes { all in
            parallelFor(tiling.blocks, scratch: classes) { block, scratch in
              for tile in tiling.tiles(ofBlock: block) {
                let its = tiling.rows(ofTile: tile)
                let (start, out) = (its.lowerBound, gradient.baseAddress! + its.lowerBound * classes)
                let adds = slopes.others?.write(tile, to: out) ?? false
                withFacts(from: start) { row in
                  var (row, all) = (row, all.from(row: start, adds: adds))
                  kernels.labeled_softmax_backward(
                    z.baseAddress! + start * classes, labels.baseAddress! + start, its.count, classes, ignored, &row,
                    &all, scratch, out)
                }
              }
            }
          }
        }
      }
    }
  }
}

/// What a loss needs to know of a softmax besides the logarithms of the labels' probabilities.
package struct SoftmaxNeeds: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// The means of all classes' logarithms, row by row.
  package static let meanLogs = SoftmaxNeeds(rawValue: 1)
  /// The sums of each class's probabilities, over all rows and over those with its label.
  package static let sums = SoftmaxNeeds(rawValue: 2)
  /// The labels' probabilities, and where those of other classes are large.
  package static let peaks = SoftmaxNeeds(rawValue: 4)

  /// How many numbers are kept of a row.
  fileprivate var rowFacts: Int { 3 + (contains(.meanLogs) ? 1 : 0) + (contains(.peaks) ? 1 : 0) }

  fileprivate func rowFacts(in facts: UnsafeMutablePointer<Float>, _ rows: Int, from start: Int) -> tk_row_facts {
    let first = facts + start
    return tk_row_facts(
      tops: first, scales: first + rows, logs: first + 2 * rows,
      mean_logs: contains(.meanLogs) ? first + (rowFacts - 1) * rows : nil,
      owns: contains(.peaks) ? first + 3 * rows : nil)
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

/// The places of each label in a list, in order.
///
/// - Parameters:
///   - labels: in the indices of `counts`, or `ignored`.
///   - counts: how often each occurs.
///   - ignored: the label of places that are left out.
func places(ofEach labels: [Int32], counts: [Int], ignoring ignored: Int32) -> [ArraySlice<Int32>] {
  var ends = [0]
  for count in counts { ends.append(ends[ends.count - 1] + count) }
  var (next, places) = (ends, [Int32](repeating: 0, count: ends[counts.count]))
  for (place, label) in labels.enumerated() where label != ignored {
    places[next[Int(label)]] = Int32(place)
    next[Int(label)] += 1
  }
  return counts.indices.map { places[ends[$0]..<ends[$0 + 1]] }
}

import CKernels

extension KernelCase {
  /// Kernels of losses.
  static let losses = [
    KernelCase("labeled_softmax", \.labeled_softmax, tolerance: 1e-5) { labeledSoftmax, n in
      LossRows.all(n).flatMap { rows in
        [true, false].flatMap { isWhole -> [[Float]] in
          var facts = unwritten(5 * rows.count)
          var (sums, overlaps) = (unwritten(rows.columns), unwritten(rows.columns))
          // Tiles of two rows; what lies between the last class and the next tile means nothing.
          let step = (rows.columns / Int(TK_LINE) + 1) * Int(TK_LINE)
          var peaks = unwritten((rows.count + 1) / 2 * step)
          let correct = sums.withUnsafeMutableBufferPointer { sums in
            overlaps.withUnsafeMutableBufferPointer { overlaps in
              peaks.withUnsafeMutableBufferPointer { peaks in
                var totals = tk_softmax_totals(
                  sums: isWhole ? sums.baseAddress : nil, overlaps: isWhole ? overlaps.baseAddress : nil,
                  peaks: isWhole ? peaks.baseAddress : nil, tile_rows: 2, peak_step: step)
                return rows.withFacts(in: &facts, isWhole: isWhole) { facts, scratch in
                  labeledSoftmax(
                    rows.logits, rows.labels, rows.count, rows.columns, -1, facts, &totals, scratch)
                }
              }
            }
          }
          let kept = peaks.indices.filter { $0 % step < rows.columns }.map { peaks[$0] }
          return [facts, sums, overlaps, kept, [Float(correct)]]
        }
      }
    },
    KernelCase("listed_probabilities", \.listed_probabilities, tolerance: 1e-5) { listedProbabilities, n in
      LossRows.all(n).map { rows in
        let listed = [Int32(rows.columns - 1), 0]
        var (facts, out) = (rows.facts, unwritten(2 * (rows.count + 3)))
        rows.withFacts(in: &facts, isWhole: true) { facts, scratch in
          listedProbabilities(
            rows.logits, rows.count, rows.columns, facts, listed, listed.count, scratch, &out, rows.count + 3)
        }
        return out
      }
    },
    KernelCase("labeled_softmax_backward", \.labeled_softmax_backward, tolerance: 2e-5) { backward, n in
      // The gradient of one class alone is nothing but rounding.
      LossRows.all(n).filter { $0.columns > 1 }.flatMap { rows in
        [
          (true, true, true, true), (true, false, false, false), (false, true, false, false),
          (false, false, true, false),
          (false, false, false, true), (true, true, false, true),
        ].map {
          hasFloors, hasSums, adds, hasOwns in
          let (pulls, floors) = (numbers(rows.count, seed: 5), numbers(rows.count, seed: 6, in: 0..<0.1))
          let owns = numbers(rows.count, seed: 12)
          let (sums, overlaps) = (numbers(rows.columns, seed: 7), numbers(rows.columns, seed: 8))
          var (facts, gradient) = (rows.facts, numbers(rows.count * rows.columns, seed: 9))
          pulls.withUnsafeBufferPointer { pulls in
            floors.withUnsafeBufferPointer { floors in
              sums.withUnsafeBufferPointer { sums in
                overlaps.withUnsafeBufferPointer { overlaps in
                  owns.withUnsafeBufferPointer { owns in
                    var slopes = tk_loss_slopes(
                      pulls: pulls.baseAddress!, floors: hasFloors ? floors.baseAddress : nil,
                      sums: hasSums ? sums.baseAddress : nil, overlaps: hasSums ? overlaps.baseAddress : nil,
                      owns: hasOwns ? owns.baseAddress : nil, adds: adds)
                    rows.withFacts(in: &facts, isWhole: false) { facts, scratch in
                      backward(
                        rows.logits, rows.labels, rows.count, rows.columns, -1, facts, &slopes, scratch, &gradient)
                    }
                  }
                }
              }
            }
          }
          return gradient
        }
      }
    },
    KernelCase("distillation_rows", \.distillation_rows, tolerance: 2e-5) { distillation, n in
      LossRows.all(n).flatMap { rows in
        [true, false].flatMap { isMapped -> [[Float]] in
          let outputs = isMapped ? rows.columns + 2 : rows.columns
          let teacher = numbers(rows.count * outputs, seed: 10, in: -9..<9)
          let places = (0..<rows.columns).map { $0 == 1 ? -1 : Int32(rows.columns - $0) }
          let weights = numbers(rows.columns, seed: 11, in: 0.5..<2)
          var (gradient, scratch) = (numbers(rows.count * rows.columns, seed: 9), unwritten(3 * rows.columns))
          let sum = places.withUnsafeBufferPointer { places in
            weights.withUnsafeBufferPointer { weights in
              var how = tk_distillation(
                places: isMapped ? places.baseAddress : nil, weights: isMapped ? nil : weights.baseAddress,
                columns: rows.columns, teacher_columns: outputs, ignored: -1, temperature: 2.5, kept: 0.5, scale: 0.25)
              return distillation(rows.logits, teacher, rows.labels, rows.count, &how, &scratch, &gradient)
            }
          }
          return [gradient, [Float(sum)]]
        }
      }
    },
  ]
}

/// Rows of logits with labels, of which every fourth is not counted.
private struct LossRows {
  let count, columns: Int

  static func all(_ length: Int) -> [LossRows] {
    [(3, max(1, length)), (5, 2 * length + 1), (length, 3)].map { LossRows(count: $0, columns: $1) }
  }

  var logits: [Float] { numbers(count * columns, in: -9..<9) }
  var labels: [Int32] { (0..<count + 1).map { $0 % 4 == 3 ? -1 : Int32($0 * 7 % columns) } }

  /// Facts that could be: the same for every table.
  var facts: [Float] { numbers(5 * count, seed: 2, in: 0.5..<1.5) }

  func withFacts<Result>(
    in memory: inout [Float], isWhole: Bool,
    _ body: (UnsafePointer<tk_row_facts>, UnsafeMutablePointer<Float>) -> Result
  ) -> Result {
    var scratch = unwritten(Int(TK_LINE) * columns)
    return memory.withUnsafeMutableBufferPointer { memory in
      let start = memory.baseAddress!
      var facts = tk_row_facts(
        tops: start, scales: start + count, logs: start + 2 * count, mean_logs: isWhole ? start + 3 * count : nil,
        owns: isWhole ? start + 4 * count : nil)
      return scratch.withUnsafeMutableBufferPointer { body(&facts, $0.baseAddress!) }
    }
  }
}

import CKernels

extension KernelCase {
  /// Kernels that go over arrays of rows, and reductions.
  static let rows = [
    KernelCase("sum", \.sum, tolerance: 1e-5) { sum, n in [[sum(numbers(n, in: 0..<1), n)]] },
    KernelCase("dot", \.dot, tolerance: 1e-5) { dot, n in
      [[dot(numbers(n, in: 0..<1), numbers(n, seed: 2, in: 0..<1), n)]]
    },
    KernelCase("sum_of_squares", \.sum_of_squares, tolerance: 1e-7) { sumOfSquares, n in
      [[Float(sumOfSquares(numbers(n), n))]]
    },
    // The largest of sorted numbers is the last one before those that are none of the kernel's business.
    KernelCase("max", \.max, tolerance: 0) { max, n in
      n == 0 ? [] : [[max(numbers(n).sorted(), n), max(numbers(n), n), max(quarters(n, withNaN: true), n)]]
    },
    KernelCase("column_sums", \.column_sums, tolerance: 1e-6) { columnSums, n in
      shapes(n).map { rows, columns in
        var out = unwritten(columns)
        columnSums(numbers(rows * (columns + 2)), rows, columns + 2, columns, &out)
        return out
      }
    },
    KernelCase("column_max", \.column_max, tolerance: 0) { columnMax, n in
      shapes(n).filter { rows, _ in rows > 0 }.map { rows, columns in
        var out = unwritten(columns)
        columnMax(quarters(rows * (columns + 2), withNaN: true), rows, columns + 2, columns, &out)
        return out
      }
    },

    KernelCase("column_moments", \.column_moments, tolerance: 1e-6) { columnMoments, n in
      shapes(n).filter { rows, _ in rows > 0 }.flatMap { rows, columns in
        var (mean, deviations) = (unwritten(columns), unwritten(columns))
        columnMoments(numbers(rows * columns), numbers(columns, seed: 2), rows, columns, &mean, &deviations)
        return [mean, deviations]
      }
    },
    KernelCase("normalize_rows", \.normalize_rows, tolerance: 1e-6) { normalize, n in
      shapes(n).flatMap { rows, columns in
        normalizations(columns).flatMap { withMap in
          var (out, inPlace) = (unwritten(rows * columns), numbers(rows * columns))
          withMap { map in
            normalize(inPlace, map, &out, rows, columns)
            inPlace.withUnsafeMutableBufferPointer { normalize($0.baseAddress!, map, $0.baseAddress!, rows, columns) }
          }
          return [out, inPlace]
        }
      }
    },
    KernelCase("normalize_sums", \.normalize_sums, tolerance: 1e-5) { normalizeSums, n in
      shapes(n).flatMap { rows, columns in
        normalizations(columns).flatMap { withMap in
          var (sums, products) = (unwritten(columns), unwritten(columns))
          let (gradient, x) = (numbers(rows * columns), numbers(rows * columns, seed: 2))
          withMap { normalizeSums(gradient, x, $0, rows, columns, &sums, &products) }
          return [sums, products]
        }
      }
    },
    KernelCase("normalize_backward", \.normalize_backward, tolerance: 1e-6) { normalizeBackward, n in
      shapes(n).flatMap { rows, columns in
        normalizations(columns).flatMap { withMap in
          let (x, vectors) = (numbers(rows * columns, seed: 2), (6..<8).map { numbers(columns, seed: $0) })
          var (out, inPlace) = (unwritten(rows * columns), numbers(rows * columns))
          withMap { map in
            normalizeBackward(inPlace, x, map, vectors[0], vectors[1], &out, rows, columns)
            inPlace.withUnsafeMutableBufferPointer {
              normalizeBackward($0.baseAddress!, x, map, vectors[0], vectors[1], $0.baseAddress!, rows, columns)
            }
          }
          return [out, inPlace]
        }
      }
    },
    KernelCase("layer_normalize", \.layer_normalize, tolerance: 1e-5) { normalize, n in
      shapes(n).map { rows, columns in
        var out = unwritten(rows * columns)
        let (scale, offset) = (numbers(columns, seed: 2), numbers(columns, seed: 3))
        normalize(numbers(rows * columns), scale, offset, 1e-3, &out, rows, columns)
        return out
      }
    },
    KernelCase("layer_normalize_backward", \.layer_normalize_backward, tolerance: 1e-5) { backward, n in
      // The only element of a row is its mean: its gradient is nothing but rounding.
      shapes(n).filter { $0.columns > 1 }.flatMap { rows, columns in
        var (out, scaleSums, offsetSums) = (unwritten(rows * columns), unwritten(columns), unwritten(columns))
        let (gradient, x) = (numbers(rows * columns), numbers(rows * columns, seed: 2))
        backward(gradient, x, numbers(columns, seed: 3), 1e-3, &out, &scaleSums, &offsetSums, rows, columns)
        return [out, scaleSums, offsetSums]
      }
    },

    KernelCase("softmax_rows", \.softmax_rows, tolerance: 1e-6) { softmax, n in
      shapes(n).map { rows, columns in
        var out = unwritten(rows * columns)
        softmax(numbers(rows * columns, in: -9..<9), &out, rows, columns)
        return out
      }
    },
    KernelCase("softmax_backward_rows", \.softmax_backward_rows, tolerance: 1e-5) { softmaxBackward, n in
      shapes(n).map { rows, columns in
        var out = unwritten(rows * columns)
        let y = numbers(rows * columns, in: 0..<2 / Float(columns))
        softmaxBackward(y, numbers(rows * columns, seed: 2), &out, rows, columns)
        return out
      }
    },
    KernelCase("cross_entropy_rows", \.cross_entropy_rows, tolerance: 1e-5) { crossEntropy, n in
      // The gradient of one class alone is nothing but rounding.
      shapes(n).filter { $0.columns > 1 }.flatMap { rows, columns in
        let logits = numbers(rows * columns, in: -9..<9)
        let labels = (0..<rows).map { $0 % 4 == 3 ? -1 : Int32($0 * 7 % columns) }
        var gradient = unwritten(rows * columns)
        var (weighted, plain) = (tk_cross_entropy_sums(), tk_cross_entropy_sums())
        crossEntropy(
          logits, labels, numbers(columns, in: 0..<2), &gradient, rows, columns, -1, 0.1, 0.5, &weighted)
        crossEntropy(logits, labels, nil, nil, rows, columns, -1, 0, 1, &plain)
        return [gradient]
          + [weighted, plain].flatMap { [[Float($0.loss)], [Float($0.counted)], [Float($0.correct)]] }
      }
    },
    KernelCase("argmax_rows", \.argmax_rows, tolerance: 0) { argmax, n in
      shapes(n).flatMap { rows, columns in
        [false, true].map { withNaN in
          var out = [Int32](repeating: -1, count: rows + 4)
          argmax(quarters(rows * columns, withNaN: withNaN), &out, rows, columns)
          return out.map(Float.init)
        }
      }
    },

    // Nine taps around each pixel of two pictures 5 by 4, all channels in runs of three and one channel tap by tap.
    KernelCase("gather", \.gather, tolerance: 0) { gather, n in
      let channels = n + 1
      let source = numbers(2 * 5 * 4 * channels)
      let joined = (-1...1).map { tk_tap_run(row: $0, column: -1, length: 3) }
      let single = (-1...1).flatMap { row in (-1...1).map { tk_tap_run(row: row, column: $0, length: 1) } }
      return [(joined, 0, channels), (single, n / 2, 1), (single, 0, n)].map { runs, first, count in
        var geometry = tk_gather_geometry(
          height: 5, width: 4, channels: channels, first_channel: first, channel_count: count, grid_height: 3,
          grid_width: 2, row_step: 2, column_step: 2)
        var out = unwritten(7 * 9 * count)
        gather(source, &geometry, runs, runs.count, 3, 7, &out)
        return out
      }
    },
  ]

  /// Rows and columns around a length; there is at least one column.
  private static func shapes(_ length: Int) -> [(rows: Int, columns: Int)] {
    [(3, max(1, length)), (5, 2 * length + 1), (length, 3)]
  }

  /// A normalization without bounds, with those of a ReLU, and with two.
  private static func normalizations(
    _ columns: Int
  ) -> [(_ body: (UnsafePointer<tk_normalization>) -> Void) -> Void] {
    [-Float.infinity ... .infinity, 0...Float.infinity, -0.25...0.5].map { bounds in
      { body in
        numbers(columns, seed: 3).withUnsafeBufferPointer { mean in
          numbers(columns, seed: 4).withUnsafeBufferPointer { factor in
            numbers(columns, seed: 5).withUnsafeBufferPointer { offset in
              var map = tk_normalization(
                mean: mean.baseAddress!, factor: factor.baseAddress!, offset: offset.baseAddress!,
                low: bounds.lowerBound, high: bounds.upperBound,
                is_bounded: bounds.upperBound < 1 || bounds.lowerBound == 0 ? 1 : 0)
              body(&map)
            }
          }
        }
      }
    }
  }
}

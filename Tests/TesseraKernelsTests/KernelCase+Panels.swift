import CKernels

extension KernelCase {
  /// Products with 32 columns, and what packs their right sides.
  static let panels = [
    KernelCase("panel_product", \.panel_product, tolerance: 1e-5) { product, n in
      productShapes(n).flatMap { rows, inner in
        let (a, panel) = (numbers(rows * (inner + 3)), numbers(inner * 32, seed: 2))
        var (result, sum) = (unwritten(rows * 48), numbers(rows * 48, seed: 3))
        let none = tk_ahead(panel: nil, rows: 0)
        product(rows, inner, a, inner + 3, panel, 32, &result, 48, 0, none, nil)
        product(rows, inner, a, inner + 3, panel, 32, &sum, 48, 1, none, nil)
        // The first columns of a panel: the others are not written.
        let parts = [1, 7, 8, 9, 15, 16, 17, 24, 31].map { columns in
          var (part, partSum) = (unwritten(rows * columns), numbers(rows * columns, seed: 3))
          product(rows, inner, a, inner + 3, panel, columns, &part, columns, 0, none, nil)
          product(rows, inner, a, inner + 3, panel, columns, &partSum, columns, 1, none, nil)
          return part + partSum
        }
        // What is fetched meanwhile changes nothing, however much it is.
        let fetched = [1, inner, 3 * inner + 1].map { ahead in
          var result = unwritten(rows * 48)
          panel.withUnsafeBufferPointer {
            product(
              rows, inner, a, inner + 3, panel, 32, &result, 48, 0, tk_ahead(panel: $0.baseAddress!, rows: ahead), nil)
          }
          return result
        }
        return [result, sum] + parts + fetched
      }
    },
    // Finished sums, which reach beyond every bound.
    KernelCase("panel_product, finished", \.panel_product, tolerance: 1e-5) { product, n in
      productShapes(n).flatMap { rows, inner in
        let (a, panel) = (numbers(rows * inner), numbers(inner * 32, seed: 2))
        let (bias, addend) = (numbers(32, seed: 4, in: -16..<16), numbers(rows * 40, seed: 5))
        return [TK_IDENTITY, TK_RELU, TK_RELU6, TK_HARD_SWISH].flatMap { kind in
          [(false, false), (true, false), (false, true), (true, true)].map { hasBias, hasAddend in
            var sum = numbers(rows * 21, seed: 3)
            bias.withUnsafeBufferPointer { bias in
              addend.withUnsafeBufferPointer { addend in
                var finish = tk_finish(
                  bias: hasBias ? bias.baseAddress : nil, addend: hasAddend ? addend.baseAddress : nil,
                  addend_row_step: 40, kind: kind)
                product(rows, inner, a, inner, panel, 21, &sum, 21, 1, tk_ahead(panel: nil, rows: 0), &finish)
              }
            }
            return sum
          }
        }
      }
    },
    KernelCase("panel_product_transposed", \.panel_product_transposed, tolerance: 1e-5) { product, n in
      productShapes(n).flatMap { rows, inner in
        let (a, b) = (numbers(inner * (rows + 3)), numbers(inner * 40, seed: 2))
        var (result, sum) = (unwritten(rows * 48), numbers(rows * 48, seed: 3))
        product(rows, inner, a, rows + 3, b, 40, 32, &result, 48, 0)
        product(rows, inner, a, rows + 3, b, 40, 32, &sum, 48, 1)
        return [result, sum]
      }
    },

    // Every third row or column is missing.
    KernelCase("pack_rows", \.pack_rows, tolerance: 0) { packRows, n in
      [0, 1, 17, 32].map { columns in
        var out = unwritten(32 * n)
        numbers(7 * n + 32).withUnsafeBufferPointer { source in
          let rows = (0..<n).map { $0 % 3 == 1 ? nil : source.baseAddress! + 7 * $0 }
          packRows(rows, n, columns, &out)
        }
        return out
      }
    },
    KernelCase("pack_columns", \.pack_columns, tolerance: 0) { packColumns, n in
      [0, 1, 17, 32].map { count in
        var out = unwritten(32 * n)
        numbers(32 * (n + 2)).withUnsafeBufferPointer { source in
          let columns = (0..<count).map { $0 % 3 == 1 ? nil : source.baseAddress! + (n + 2) * $0 }
          packColumns(columns, count, 2, n, &out)
        }
        return out
      }
    },
  ]

  /// Many rows, and many terms for each number of rows that fits into registers.
  private static func productShapes(_ length: Int) -> [(rows: Int, inner: Int)] {
    [(length, 7)] + (1...14).map { ($0, length) }
  }
}

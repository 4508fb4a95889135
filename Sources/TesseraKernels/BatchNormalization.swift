import TesseraTensors

/// Mean and biased variance of each channel, `[channels]`.
public struct Moments: Sendable {
  public let mean: Tensor
  /// The mean of squared deviations.
  public let variance: Tensor
}

/// The arithmetic of batch normalization (Ioffe and Szegedy 2015, arXiv:1502.03167): pictures `[..., channels]` are
/// rows of channels, however many axes precede them.
///
/// Rows are cut into blocks by shape. Sums within a block are floats; block sums are added in Double and in order.
public enum BatchNormalization {
  /// The moments of at least one row, in one pass over memory: each block has its own moments, which are combined
  /// without cancellation (Chan, Golub, LeVeque 1979).
  public static func moments(of input: Tensor) -> Moments {
    let blocks = RowBlocks(input.shape)
    require(blocks.rows > 0, "batchNormalization: \(input.shape) has no pixels to take moments of")
    // Means are taken of differences from the first row, which keep all their digits.
    let shift = Tensor(shape: [blocks.columns]) { row in
      input.withUnsafeBufferPointer { _ = row.update(fromContentsOf: $0[..<blocks.columns]) }
    }
    let (mean, variance) = blocks.columnPairs(of: [input]) { sources, rows, means, squares in
      shift.withUnsafeBufferPointer { shift in
        kernels.column_moments(sources[0], shift.baseAddress!, rows, blocks.columns, means, squares)
      }
    } joining: { means, squares in
      let mean = blocks.sum { Double(means($0)) * Double(blocks.range($0).count) } / Double(blocks.rows)
      let total = blocks.sum { block in
        let deviation = Double(means(block)) - mean
        return Double(squares(block)) + deviation * deviation * Double(blocks.range(block).count)
      }
      return (mean, total / Double(blocks.rows))
    }
    return Moments(mean: shift + mean, variance: variance)
  }

  /// (x - mean) factor + offset, each `[channels]`; in the input's own memory where ownership is passed.
  public static func normalized(
    _ input: consuming Tensor, mean: Tensor, factor: Tensor, offset: Tensor
  ) -> Tensor {
    let blocks = RowBlocks(input.shape)
    withMemory([mean, factor, offset]) { known in
      input.replaceElements { old, new in
        blocks.run { rows, start in
          kernels.normalize_rows(
            old.baseAddress! + start, known[0], known[1], known[2], new.baseAddress! + start, rows,
            blocks.columns)
        }
      }
    }
    return input
  }

  /// The sums over all pixels of the gradient and of its product with `input - mean`, `[channels]`.
  public static func sums(_ gradient: Tensor, input: Tensor, mean: Tensor) -> (gradient: Tensor, product: Tensor) {
    let blocks = RowBlocks(input.shape)
    return withMemory([mean]) { known in
      blocks.columnPairs(of: [gradient, input]) { sources, rows, sums, products in
        kernels.normalize_sums(sources[0], sources[1], known[0], rows, blocks.columns, sums, products)
      } joining: { sums, products in
        (blocks.sum { Double(sums($0)) }, blocks.sum { Double(products($0)) })
      }
    }
  }

  /// gradient factor + (input - mean) slope + shift; in the gradient's own memory where ownership is passed.
  public static func inputGradient(
    _ gradient: consuming Tensor, input: Tensor, mean: Tensor, factor: Tensor, slope: Tensor, shift: Tensor
  ) -> Tensor {
    let blocks = RowBlocks(input.shape)
    withMemory([mean, factor, slope, shift, input]) { known in
      gradient.replaceElements { old, new in
        blocks.run { rows, start in
          kernels.normalize_backward(
            old.baseAddress! + start, known[4] + start, known[0], known[1], known[2], known[3],
            new.baseAddress! + start, rows, blocks.columns)
        }
      }
    }
    return gradient
  }
}

import CKernels
import TesseraTensors

/// Mean and biased variance of each channel, `[channels]`.
public struct Moments: Sendable {
  public let mean: Tensor
  /// The mean of squared deviations.
  public let variance: Tensor
  /// The number of pixels that they are of.
  public let count: Int

  package init(mean: Tensor, variance: Tensor, count: Int) {
    (self.mean, self.variance, self.count) = (mean, variance, count)
  }
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
    let (mean, variance) = blocks.columnPairs(of: [input]) { sources, rows, means, squares, _ in
      shift.withUnsafeBufferPointer { shift in
        kernels.column_moments(sources[0], shift.baseAddress!, rows, blocks.columns, means, squares)
      }
    } joining: { means, squares in
      let mean = blocks.sum { means($0) * Double(blocks.range($0).count) } / Double(blocks.rows)
      let total = blocks.sum { block in
        let deviation = means(block) - mean
        return squares(block) + deviation * deviation * Double(blocks.range(block).count)
      }
      return (mean, total / Double(blocks.rows))
    }
    return Moments(mean: shift + mean, variance: variance, count: blocks.rows)
  }

  /// What a normalization with known moments computes: an activation of (x - mean) factor + offset, each `[channels]`.
  ///
  /// The activation's derivative is found from x again, block by block in a core's cache, so neither what it is applied
  /// to nor its result is kept for that.
  public struct Map: Sendable {
    public let mean: Tensor
    /// What deviations from the mean are multiplied by.
    public let factor: Tensor
    public let offset: Tensor
    public let activation: Activation

    public init(mean: Tensor, factor: Tensor, offset: Tensor, activation: Activation = .identity) {
      self.mean = mean
      self.factor = factor
      self.offset = offset
      self.activation = activation
    }

    /// The same normalization, then `activation`.
    public func followed(by activation: Activation) -> Map {
      Map(mean: mean, factor: factor, offset: offset, activation: activation)
    }
  }

  /// The map's results for `input`, in one pass over memory and, where ownership is passed, in the input's own;
  /// `addend` is added before the activation.
  public static func normalized(_ input: consuming Tensor, by map: Map, adding addend: Tensor? = nil) -> Tensor {
    let blocks = RowBlocks(input.shape)
    require(addend == nil || addend?.shape == input.shape, "batchNormalization: the shapes of a sum differ")
    let last = addend == nil ? map.activationInLoops.rest : map.activation
    let map = addend == nil ? map : map.followed(by: .identity)
    map.withLoops { loops in
      withMemory(addend.map { [$0] } ?? []) { added in
        input.replaceElements { old, new in
          blocks.run { rows, start, _ in
            let (count, result) = (rows * blocks.columns, new.baseAddress! + start)
            kernels.normalize_rows(old.baseAddress! + start, loops, result, rows, blocks.columns)
            if let added = added.first { kernels.add.vv(result, added + start, result, count) }
            if last != .identity { kernels.activate(result, result, count, last.kind, last.slope) }
          }
        }
      }
    }
    return input
  }

  /// The sums over all pixels of the gradient before the activation, and of its product with `input - mean`,
  /// `[channels]`.
  public static func sums(_ gradient: Tensor, input: Tensor, map: Map) -> (gradient: Tensor, product: Tensor) {
    let blocks = RowBlocks(input.shape)
    return map.withLoops { loops in
      blocks.columnPairs(of: [gradient, input], usingBlock: map.activationInLoops.rest != .identity) {
        sources, rows, sums, products, scratch in
        let before = map.gradientBeforeRest(sources[0], sources[1], loops, rows, blocks.columns, scratch)
        kernels.normalize_sums(before, sources[1], loops, rows, blocks.columns, sums, products)
      } joining: { sums, products in
        (blocks.sum(sums), blocks.sum(products))
      }
    }
  }

  /// g factor + (input - mean) slope + shift for the gradient g before the activation; in the gradient's own memory
  /// where ownership is passed.
  public static func inputGradient(
    _ gradient: consuming Tensor, input: Tensor, map: Map, slope: Tensor, shift: Tensor
  ) -> Tensor {
    let blocks = RowBlocks(input.shape)
    map.withLoops { loops in
      withMemory([slope, shift, input]) { known in
        gradient.replaceElements { old, new in
          blocks.run(usingBlock: map.activationInLoops.rest != .identity) { rows, start, scratch in
            let x = known[2] + start
            let before = map.gradientBeforeRest(old.baseAddress! + start, x, loops, rows, blocks.columns, scratch)
            kernels.normalize_backward(
              before, x, loops, known[0], known[1], new.baseAddress! + start, rows, blocks.columns)
          }
        }
      }
    }
    return gradient
  }
}

extension BatchNormalization.Map {
  /// The bounds that the loops over rows apply, and the activation that is left to a second look at a block.
  fileprivate var activationInLoops: (bounds: ClosedRange<Float>?, rest: Activation) {
    switch activation {
    case .relu: (0...Float.infinity, .identity)
    case .relu6: (0...6, .identity)
    default: (nil, activation)
    }
  }

  /// Calls `body` with what the loops over rows need.
  fileprivate func withLoops<Result>(_ body: (UnsafePointer<tk_normalization>) -> Result) -> Result {
    withMemory([mean, factor, offset]) { known in
      let bounds = activationInLoops.bounds
      let loops = tk_normalization(
        mean: known[0], factor: known[1], offset: known[2], low: bounds?.lowerBound ?? -.infinity,
        high: bounds?.upperBound ?? .infinity, is_bounded: bounds == nil ? 0 : 1)
      return withUnsafePointer(to: loops, body)
    }
  }

  /// The gradient with respect to what the rest of the activation is applied to, for some rows; in `scratch` if there
  /// is a rest.
  fileprivate func gradientBeforeRest(
    _ gradient: UnsafePointer<Float>, _ input: UnsafePointer<Float>, _ loops: UnsafePointer<tk_normalization>,
    _ rows: Int, _ columns: Int, _ scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    let rest = activationInLoops.rest
    if rest == .identity { return gradient }
    kernels.normalize_rows(input, loops, scratch, rows, columns)
    if rest.derivesFromOutput { kernels.activate(scratch, scratch, rows * columns, rest.kind, rest.slope) }
    kernels.activate_backward(scratch, gradient, scratch, rows * columns, rest.kind, rest.slope)
    return UnsafePointer(scratch)
  }
}

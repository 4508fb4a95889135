import TesseraTensors

/// Which elements of a tensor dropout zeroes: each with probability `rate`, by its index; the others are scaled by
/// 1 / (1 - rate).
///
/// It depends only on `key` and the index: the backward pass draws it again instead of storing it.
public struct DropoutMask: Sendable {
  private let rate: Float
  private let key: UInt64
  private let start: Int

  /// - Parameters:
  ///   - rate: in 0..<1.
  ///   - key: what the choice is drawn from; the same key chooses the same elements.
  ///   - start: the index of the tensor's first element, where it is a part of a larger one.
  public init(rate: Float, key: UInt64, from start: Int = 0) {
    require(rate >= 0 && rate < 1, "dropout: the rate must lie in 0..<1; got \(rate)")
    self.rate = rate
    self.key = key
    self.start = start
  }

  /// `target` = `source` with the mask's elements `first` ..< `first + count`; both may be the same memory.
  func apply(
    to source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, first: Int, count: Int
  ) {
    kernels.dropout(source, target, start + first, count, key, rate)
  }
}

extension Tensor {
  /// Zeroes the elements that the mask drops and scales the others by 1 / (1 - rate). Needs no new memory where
  /// ownership of this tensor is passed.
  public consuming func droppingOut(_ mask: DropoutMask) -> Tensor {
    updateBlocks { a, out, range in mask.apply(to: a, into: out, first: range.lowerBound, count: range.count) }
    return self
  }

  /// Zeroes whole samples, the elements at an index of the first axis that the mask drops, and scales the others by
  /// 1 / (1 - rate). Needs no new memory where ownership of this tensor is passed.
  public consuming func droppingSamples(_ mask: DropoutMask) -> Tensor {
    require(shape.rank > 0, "droppingSamples: expects [batch, ...]; got \(shape)")
    let factors = Tensor(repeating: 1, shape: [shape[0]]).droppingOut(mask)
    self *= factors.reshaped(to: Shape([shape[0]] + [Int](repeating: 1, count: shape.rank - 1)))
    return self
  }
}

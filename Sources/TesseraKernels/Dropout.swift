import CKernels
import TesseraTensors

extension Tensor {
  /// Zeroes elements with probability `rate` and scales the others by 1 / (1 - rate).
  ///
  /// Which ones depends on `key` and the element's index alone: the backward pass calls it again instead of storing a
  /// mask. Needs no new memory where this tensor is handed over.
  public consuming func droppingOut(rate: Float, key: UInt64) -> Tensor {
    require(rate >= 0 && rate < 1, "dropout: the rate must lie in 0..<1; got \(rate)")
    updateBlocks { a, out, range in tk_dropout(a, out, range.lowerBound, range.count, key, rate) }
    return self
  }
}

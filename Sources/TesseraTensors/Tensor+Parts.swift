extension Tensor {
  /// A copy of the elements at `range` of the row-major order, as a vector.
  package func part(_ range: Range<Int>) -> Tensor {
    Tensor(shape: [range.count]) { part in
      withUnsafeBufferPointer { _ = part.update(fromContentsOf: UnsafeBufferPointer(rebasing: $0[range])) }
    }
  }

  /// Replaces the elements at `range` of the row-major order by those of `part`, which has as many.
  package mutating func replace(_ range: Range<Int>, with part: Tensor) {
    require(part.count == range.count, "replace: \(part.count) elements cannot replace \(range.count)")
    withUnsafeMutableBufferPointer { elements in
      let target = UnsafeMutableBufferPointer(rebasing: elements[range])
      part.withUnsafeBufferPointer { _ = target.update(fromContentsOf: $0) }
    }
  }
}

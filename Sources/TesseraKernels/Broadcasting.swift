import TesseraTensors

/// How two shapes combine element by element, in as few loops as possible.
///
/// Shapes are aligned at their last axis; an axis of length 1 repeats (NumPy's rule). Neighboring axes that both
/// operands traverse alike are joined, so most cases are one loop over rows.
struct BroadcastPlan {
  let shape: Shape
  /// The innermost run: its length, and whether each operand advances along it (1) or repeats (0).
  private(set) var inner = (length: 1, left: 1, right: 1)
  /// The outer axes, outermost first.
  private(set) var outer: [(length: Int, left: Int, right: Int)] = []

  init(_ operation: String, _ left: Shape, _ right: Shape) {
    let rank = max(left.rank, right.rank)
    let a = [Int](repeating: 1, count: rank - left.rank) + left.dimensions
    let b = [Int](repeating: 1, count: rank - right.rank) + right.dimensions
    let lengths = zip(a, b).map { x, y in
      require(x == y || x == 1 || y == 1, "\(operation): shapes \(left) and \(right) do not broadcast")
      return x == 1 ? y : x
    }
    shape = Shape(lengths)
    let aStrides = Shape(a).strides
    let bStrides = Shape(b).strides
    var axes: [(length: Int, left: Int, right: Int)] = []
    for axis in 0..<rank where lengths[axis] != 1 {
      let next = (lengths[axis], a[axis] == 1 ? 0 : aStrides[axis], b[axis] == 1 ? 0 : bStrides[axis])
      if let last = axes.last, last.left == next.1 * next.0, last.right == next.2 * next.0 {
        axes[axes.count - 1] = (last.length * next.0, next.1, next.2)
      } else {
        axes.append(next)
      }
    }
    if let last = axes.popLast() { inner = last }
    outer = axes
  }

  /// The number of runs.
  private var runs: Int { outer.reduce(1) { $0 * $1.length } }

  /// Calls `body` with pieces that cover all runs, spread over threads: where each starts in the operands and in the
  /// result, and its length.
  func forEachRun(_ body: (_ left: Int, _ right: Int, _ target: Int, _ count: Int) -> Void) {
    guard shape.elementCount > 0 else { return }
    // Long runs are cut, short ones share a block.
    let parts = (inner.length + pointwiseGrain - 1) / pointwiseGrain
    let length = parts == 1 ? inner.length : pointwiseGrain
    parallelFor(runs * parts, grain: pointwiseGrain / length) { range in
      let start = parts == 1 ? 0 : range.lowerBound % parts * length
      let count = min(length, inner.length - start)
      forEachOffset(of: range.lowerBound / parts..<(range.upperBound - 1) / parts + 1) { index, left, right in
        body(left + start * inner.left, right + start * inner.right, index * inner.length + start, count)
      }
    }
  }

  /// Calls `body` with each run of `range` and where it starts in each operand.
  private func forEachOffset(of range: Range<Int>, _ body: (_ index: Int, _ left: Int, _ right: Int) -> Void) {
    guard let last = outer.last else { return body(0, 0, 0) }
    var index = range.lowerBound
    while index < range.upperBound {
      // Along the last outer axis operands advance by steps; a division for each run would cost as much as a short run.
      var (left, right) = offsets(ofRun: index)
      for _ in 0..<min(last.length - index % last.length, range.upperBound - index) {
        body(index, left, right)
        (index, left, right) = (index + 1, left + last.left, right + last.right)
      }
    }
  }

  /// Where run `index` starts in each operand.
  private func offsets(ofRun index: Int) -> (left: Int, right: Int) {
    var rest = index
    var offsets = (left: 0, right: 0)
    for axis in outer.reversed() {
      let position = rest % axis.length
      rest /= axis.length
      offsets.left += position * axis.left
      offsets.right += position * axis.right
    }
    return offsets
  }
}

extension Tensor {
  /// The elements repeated along axes of length 1 or none, as broadcasting into `target` repeats them.
  package func repeated(to target: Shape) -> Tensor {
    let plan = BroadcastPlan("repeated", shape, target)
    require(plan.shape == target, "repeated: \(shape) does not broadcast into \(target)")
    return Tensor(shape: target) { out in
      withUnsafeBufferPointer { a in
        plan.forEachRun { source, _, target, count in
          if plan.inner.left == 0 {
            (out.baseAddress! + target).update(repeating: a[source], count: count)
          } else {
            (out.baseAddress! + target).update(from: a.baseAddress! + source, count: count)
          }
        }
      }
    }
  }
}

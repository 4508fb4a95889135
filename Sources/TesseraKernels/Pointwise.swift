import CKernels
import TesseraTensors

/// Elements that one block of a pointwise loop covers: large enough to be worth a thread, small enough to spread out.
let pointwiseGrain = 1 << 14

/// The same where blocks are added up, so that their length decides about bits.
package let summingGrain = 1 << 16

/// The three loops of one binary operation in C.
struct BinaryKernel {
  let name: String
  let loops: tk_binary_loops

  static let add = BinaryKernel(name: "add", loops: kernels.add)
  static let subtract = BinaryKernel(name: "subtract", loops: kernels.subtract)
  static let multiply = BinaryKernel(name: "multiply", loops: kernels.multiply)
  static let divide = BinaryKernel(name: "divide", loops: kernels.divide)
  static let maximum = BinaryKernel(name: "maximum", loops: kernels.maximum)
  static let minimum = BinaryKernel(name: "minimum", loops: kernels.minimum)

  func callAsFunction(_ left: Tensor, _ right: Tensor) -> Tensor {
    let plan = BroadcastPlan(name, left.shape, right.shape)
    return Tensor(shape: plan.shape) { out in
      left.withUnsafeBufferPointer { a in
        right.withUnsafeBufferPointer { b in run(plan, a.baseAddress!, b.baseAddress!, out.baseAddress!) }
      }
    }
  }

  /// `left = left op right`, without new memory; `right` broadcasts into `left`'s shape.
  func apply(to left: inout Tensor, _ right: Tensor) {
    let plan = BroadcastPlan(name, left.shape, right.shape)
    require(
      plan.shape == left.shape, "\(name) in place: \(right.shape) does not broadcast into \(left.shape)")
    left.replaceElements { a, out in
      right.withUnsafeBufferPointer { b in run(plan, a.baseAddress!, b.baseAddress!, out.baseAddress!) }
    }
  }

  private func run(
    _ plan: BroadcastPlan, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
  ) {
    let loop = plan.inner.left == 0 ? loops.sv : plan.inner.right == 0 ? loops.vs : loops.vv
    plan.forEachRun { left, right, target, count in loop(a + left, b + right, out + target, count) }
  }
}

extension Tensor {
  /// A tensor of this one's shape that `loop(input, output, count)` fills block by block.
  func mapBlocks(_ loop: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Range<Int>) -> Void) -> Tensor {
    Tensor(shape: shape) { out in
      withUnsafeBufferPointer { a in
        parallelFor(count, grain: pointwiseGrain) { range in
          loop(a.baseAddress! + range.lowerBound, out.baseAddress! + range.lowerBound, range)
        }
      }
    }
  }

  /// Replaces the elements with what `loop(old, new, range)` makes of them, without new memory if no other tensor
  /// shares this one's.
  mutating func updateBlocks(_ loop: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Range<Int>) -> Void) {
    replaceElements { old, new in
      parallelFor(old.count, grain: pointwiseGrain) { range in
        loop(old.baseAddress! + range.lowerBound, new.baseAddress! + range.lowerBound, range)
      }
    }
  }
}

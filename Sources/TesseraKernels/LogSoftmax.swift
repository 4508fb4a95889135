import Foundation
import TesseraTensors

extension Tensor {
  /// x - log(sum(exp(x))) along the last axis: finite where the softmax itself would be 0.
  public func logSoftmax() -> Tensor {
    overRows("logSoftmax") { a, out, rows, columns in
      kernels.softmax_rows(a, out, rows, columns)
      for row in 0..<rows {
        let (x, y) = (a + row * columns, out + row * columns)
        // The largest probability is 1 / sum(exp(x - top)).
        var shift = kernels.max(x, columns) - log(kernels.max(y, columns))
        kernels.subtract.vs(x, &shift, y, columns)
      }
    }
  }

  /// The gradient of `logSoftmax`, where this tensor is its result: gradient - softmax * sum(gradient).
  public func logSoftmaxBackward(_ gradient: consuming Tensor) -> Tensor {
    require(shape == gradient.shape, "logSoftmax gradient: expects shape \(shape); got \(gradient.shape)")
    let columns = shape[-1]
    withUnsafeBufferPointer { logits in
      gradient.replaceElements { old, new in
        let rows = old.count / columns
        let grain = rowGrain(columns)
        parallelFor((rows + grain - 1) / grain, scratch: columns) { block, probabilities in
          for row in block * grain..<min(rows, (block + 1) * grain) {
            let (y, dy, dx) = (
              logits.baseAddress! + row * columns, old.baseAddress! + row * columns, new.baseAddress! + row * columns
            )
            let sum = kernels.sum(dy, columns)
            kernels.softmax_rows(y, probabilities, 1, columns)
            if dx != dy { dx.update(from: dy, count: columns) }
            kernels.add_scaled(probabilities, -sum, dx, columns)
          }
        }
      }
    }
    return gradient
  }
}

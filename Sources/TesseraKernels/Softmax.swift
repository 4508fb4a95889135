import TesseraTensors

extension Tensor {
  /// exp(x) / sum(exp(x)) along the last axis.
  public func softmax() -> Tensor {
    overRows("softmax") { a, out, rows, columns in kernels.softmax_rows(a, out, rows, columns) }
  }

  /// The gradient of `softmax`, where this tensor is its result.
  public func softmaxBackward(_ gradient: Tensor) -> Tensor {
    require(shape == gradient.shape, "softmax gradient: expects shape \(shape); got \(gradient.shape)")
    return gradient.withUnsafeBufferPointer { dy in
      withUnsafeBufferPointer { y in
        overRows("softmax") { a, out, rows, columns in
          kernels.softmax_backward_rows(a, dy.baseAddress! + (a - y.baseAddress!), out, rows, columns)
        }
      }
    }
  }

  /// The index of the largest element along the last axis, the first of equals; row-major without that axis.
  public func argmax() -> [Int32] {
    require(shape.rank > 0 && shape[-1] > 0, "argmax: expects at least one element in the last axis; got \(shape)")
    let columns = shape[-1]
    let rows = count / columns
    var largest = [Int32](repeating: 0, count: rows)
    largest.withUnsafeMutableBufferPointer { out in
      withUnsafeBufferPointer { a in
        parallelFor(rows, grain: rowGrain(columns)) { range in
          kernels.argmax_rows(
            a.baseAddress! + range.lowerBound * columns, out.baseAddress! + range.lowerBound, range.count, columns)
        }
      }
    }
    return largest
  }

  func overRows(
    _ operation: String, _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int) -> Void
  ) -> Tensor {
    require(
      shape.rank > 0 && shape[-1] > 0, "\(operation): expects at least one element in the last axis; got \(shape)")
    let columns = shape[-1]
    return Tensor(shape: shape) { out in
      withUnsafeBufferPointer { a in
        parallelFor(count / columns, grain: rowGrain(columns)) { range in
          let start = range.lowerBound * columns
          body(a.baseAddress! + start, out.baseAddress! + start, range.count, columns)
        }
      }
    }
  }
}

/// The number of rows in a block of about 64 K elements.
func rowGrain(_ columns: Int) -> Int { max(1, summingGrain / max(1, columns)) }

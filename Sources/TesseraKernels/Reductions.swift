import TesseraTensors

extension Tensor {
  /// The sum over `axes` (all by default); the axes are removed, or keep length 1 where `keepingAxes` is true.
  ///
  /// Summed in blocks cut by shape, with block sums in Double: exact to a few roundings, and the same for any thread
  /// count.
  public func sum(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    reduce("sum", axes, keepingAxes, rows: sumRows, columns: sumColumns)
  }

  /// The mean over `axes` (all by default).
  public func mean(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    let total = sum(along: axes, keepingAxes: keepingAxes)
    require(count > 0 || total.count == 0, "mean: shape \(shape) has no elements to take the mean of along \(axes ?? [])")
    return total * (Float(total.count) / Float(max(1, count)))
  }

  /// The largest element over `axes` (all by default).
  public func maximum(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    require(count > 0, "maximum: shape \(shape) has no elements")
    return reduce("maximum", axes, keepingAxes, rows: maxRows, columns: maxColumns)
  }

  private typealias Reduction = (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void

  /// Reduces leading or trailing axes directly; others are transposed to the end first.
  private func reduce(
    _ name: String, _ axes: [Int]?, _ keepingAxes: Bool, rows: Reduction, columns: Reduction
  ) -> Tensor {
    let reduced = Set((axes ?? Array(0..<shape.rank)).map { shape.normalized($0, in: name) })
    let kept = (0..<shape.rank).filter { !reduced.contains($0) }
    let keptLengths = kept.map { shape.dimensions[$0] }
    let result = Shape(
      keepingAxes
        ? shape.dimensions.enumerated().map { reduced.contains($0.offset) ? 1 : $0.element } : keptLengths)
    let outputs = keptLengths.reduce(1, *)
    let inputs = shape.elementCount / max(1, outputs)
    let order = reduced.sorted()
    if order == Array(kept.count..<shape.rank) {
      return Tensor(shape: result) { out in
        withUnsafeBufferPointer { rows($0.baseAddress!, outputs, inputs, out.baseAddress!) }
      }
    }
    if order == Array(0..<reduced.count) {
      return Tensor(shape: result) { out in
        withUnsafeBufferPointer { columns($0.baseAddress!, inputs, outputs, out.baseAddress!) }
      }
    }
    return transposed(kept + order).reshaped(to: Shape(keptLengths + [inputs]))
      .reduce(name, [kept.count], false, rows: rows, columns: columns).reshaped(to: result)
  }
}

private let reductionBlock = 4096

/// out[r] = sum of row r.
private func sumRows(
  _ a: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ out: UnsafeMutablePointer<Float>
) {
  let blocks = max(1, (columns + reductionBlock - 1) / reductionBlock)
  withScratch(rows * blocks) { partials in
    parallelFor(rows * blocks, grain: 16) { range in
      for index in range {
        let start = index % blocks * reductionBlock
        partials[index] = kernels.sum(a + index / blocks * columns + start, min(reductionBlock, columns - start))
      }
    }
    for row in 0..<rows {
      out[row] = Float((0..<blocks).reduce(0.0) { $0 + Double(partials[row * blocks + $1]) })
    }
  }
}

/// out[c] = sum over r of a[r, c].
private func sumColumns(
  _ a: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ out: UnsafeMutablePointer<Float>
) {
  // Short blocks keep rounding errors small: block sums are added in Double.
  let length = 256
  let blocks = max(1, (rows + length - 1) / length)
  withScratch(blocks * columns) { partials in
    parallelFor(blocks) { block in
      let start = block * length
      kernels.column_sums(a + start * columns, min(length, rows - start), columns, partials + block * columns)
    }
    parallelFor(columns, grain: 64) { range in
      for column in range {
        out[column] = Float((0..<blocks).reduce(0.0) { $0 + Double(partials[$1 * columns + column]) })
      }
    }
  }
}

private func maxRows(_ a: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ out: UnsafeMutablePointer<Float>) {
  parallelFor(rows, grain: max(1, pointwiseGrain / max(1, columns))) { range in
    for row in range { out[row] = kernels.max(a + row * columns, columns) }
  }
}

private func maxColumns(_ a: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ out: UnsafeMutablePointer<Float>) {
  kernels.column_max(a, rows, columns, out)
}

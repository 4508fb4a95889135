import TesseraTensors

extension Tensor {
  /// The sum over `axes` (all by default); the axes are removed, or keep length 1 where `keepingAxes` is true.
  ///
  /// Summed in blocks cut by shape, with block sums in Double: exact to a few roundings, and the same for any thread
  /// count.
  public func sum(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    reduce("sum", axes, keepingAxes, by: sumOfRows)
  }

  /// The mean over `axes` (all by default).
  public func mean(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    let total = sum(along: axes, keepingAxes: keepingAxes)
    require(
      count > 0 || total.count == 0, "mean: shape \(shape) has no elements to take the mean of along \(axes ?? [])")
    return total * (Float(total.count) / Float(max(1, count)))
  }

  /// The largest element over `axes` (all by default).
  public func maximum(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
    require(count > 0, "maximum: shape \(shape) has no elements")
    return reduce("maximum", axes, keepingAxes, by: largestOfRows)
  }

  private typealias Reduction = (_ groups: Int, _ rows: Int, _ columns: Int, UnsafePointer<Float>) -> Tensor

  /// Reduces one run of neighboring axes after the other, the last one first. Seen as `[groups, rows, columns]`, such a
  /// run is the rows; nothing is transposed.
  private func reduce(_ name: String, _ axes: [Int]?, _ keepingAxes: Bool, by reduction: Reduction) -> Tensor {
    let reduced = Set((axes ?? Array(0..<shape.rank)).map { shape.normalized($0, in: name) })
    var (lengths, partial) = (shape.dimensions, self)
    for last in lengths.indices.reversed() where reduced.contains(last) && !reduced.contains(last + 1) {
      let first = lengths[...last].indices.last { !reduced.contains($0) }.map { $0 + 1 } ?? 0
      let (groups, rows) = (lengths[..<first].reduce(1, *), lengths[first...last].reduce(1, *))
      let columns = lengths[(last + 1)...].reduce(1, *)
      partial = partial.withUnsafeBufferPointer { reduction(groups, rows, columns, $0.baseAddress!) }
      for axis in first...last { lengths[axis] = 1 }
    }
    return partial.reshaped(
      to: Shape(keepingAxes ? lengths : shape.dimensions.indices.filter { !reduced.contains($0) }.map { lengths[$0] }))
  }
}

// Blocks are short, since sums within them are floats: of neighbors, which add up in a register's lanes, and of rows.
private let lengthOfBlock = 4096
private let (rowsOfBlock, columnsOfBlock) = (256, 4096)

/// out[group, column] = the sum over rows of a[group, row, column].
private func sumOfRows(_ groups: Int, _ rows: Int, _ columns: Int, _ a: UnsafePointer<Float>) -> Tensor {
  guard columns == 1 else {
    return reduceColumns(groups, rows, columns, a, kernels.column_sums) { partials, count, step in
      Float((0..<count).reduce(0.0) { $0 + Double(partials[$1 * step]) })
    }
  }
  let blocks = max(1, (rows + lengthOfBlock - 1) / lengthOfBlock)
  func sumBlocks(into partials: UnsafeMutablePointer<Float>) {
    parallelFor(groups * blocks, grain: pointwiseGrain / max(1, min(rows, lengthOfBlock))) { range in
      for index in range {
        let start = index % blocks * lengthOfBlock
        partials[index] = kernels.sum(a + index / blocks * rows + start, min(lengthOfBlock, rows - start))
      }
    }
  }
  return Tensor(shape: [groups]) { out in
    if blocks == 1 { return sumBlocks(into: out.baseAddress!) }
    withScratch(groups * blocks) { partials in
      sumBlocks(into: partials)
      for group in 0..<groups {
        out[group] = Float((0..<blocks).reduce(0.0) { $0 + Double(partials[group * blocks + $1]) })
      }
    }
  }
}

/// out[group, column] = the largest of a[group, row, column] over all rows.
private func largestOfRows(_ groups: Int, _ rows: Int, _ columns: Int, _ a: UnsafePointer<Float>) -> Tensor {
  guard columns == 1 else {
    return reduceColumns(groups, rows, columns, a, kernels.column_max) { partials, count, step in
      (1..<count).reduce(partials[0]) { top, block in
        let next = partials[block * step]
        return next > top || next.isNaN ? next : top
      }
    }
  }
  return Tensor(shape: [groups]) { out in
    parallelFor(groups, grain: max(1, pointwiseGrain / max(1, rows))) { range in
      for group in range { out[group] = kernels.max(a + group * rows, rows) }
    }
  }
}

/// Reduces the rows of each group, `[groups, rows, columns]` -> `[groups, columns]`, in blocks of rows and columns that
/// `join` combines.
///
/// - Parameters:
///   - reduce: from rows that lie a step apart to one.
///   - join: from `count` numbers that lie `step` apart to one.
private func reduceColumns(
  _ groups: Int, _ rows: Int, _ columns: Int, _ a: UnsafePointer<Float>,
  _ reduce: (UnsafePointer<Float>, _ rows: Int, _ step: Int, _ columns: Int, UnsafeMutablePointer<Float>) -> Void,
  joining join: (UnsafePointer<Float>, _ count: Int, _ step: Int) -> Float
) -> Tensor {
  let blocks = max(1, (rows + rowsOfBlock - 1) / rowsOfBlock)
  let parts = (columns + columnsOfBlock - 1) / columnsOfBlock
  func reduceBlocks(into partials: UnsafeMutablePointer<Float>) {
    let elements = min(rowsOfBlock, max(1, rows)) * min(columnsOfBlock, max(1, columns))
    parallelFor(groups * blocks * parts, grain: pointwiseGrain / elements) { range in
      for index in range {
        let (block, column) = (index / parts, index % parts * columnsOfBlock)
        let row = block % blocks * rowsOfBlock
        reduce(
          a + (block / blocks * rows + row) * columns + column, min(rowsOfBlock, rows - row), columns,
          min(columnsOfBlock, columns - column), partials + block * columns + column)
      }
    }
  }
  return Tensor(shape: [groups, columns]) { out in
    if blocks == 1 { return reduceBlocks(into: out.baseAddress!) }
    withScratch(groups * blocks * columns) { partials in
      reduceBlocks(into: partials)
      parallelFor(groups * columns, grain: max(64, pointwiseGrain / blocks)) { range in
        for index in range {
          out[index] = join(partials + index / columns * blocks * columns + index % columns, blocks, columns)
        }
      }
    }
  }
}

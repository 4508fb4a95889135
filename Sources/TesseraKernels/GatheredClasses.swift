import TesseraTensors

extension Tensor {
  /// The element of each row along the last axis at that row's index, `[..., 1]`; 0 where the index is `ignored`.
  ///
  /// - Parameters:
  ///   - indices: one for each row, in 0..<(length of the last axis) or `ignored`.
  ///   - ignored: the index of rows that have no element; `nil` if all have one.
  public func gathered(_ indices: [Int32], ignoring ignored: Int32? = nil) -> Tensor {
    let columns = checkedColumns(indices, ignored)
    return Tensor(shape: Shape(shape.dimensions.dropLast() + [1])) { out in
      withUnsafeBufferPointer { source in
        forEachRow(indices, columns) { row, index in
          out[row] = index == ignored ? 0 : source[row * columns + Int(index)]
        }
      }
    }
  }

  /// The adjoint of `gathered`: these elements `[..., 1]` at their indices in rows of `columns`, 0 elsewhere.
  public func scattered(_ indices: [Int32], ignoring ignored: Int32? = nil, to columns: Int) -> Tensor {
    require(
      shape.rank > 0 && shape[-1] == 1 && count == indices.count,
      "scattered: expects [..., 1] with \(indices.count) elements; got \(shape)")
    return Tensor(shape: Shape(shape.dimensions.dropLast() + [columns])) { out in
      withUnsafeBufferPointer { source in
        forEachRow(indices, columns) { row, index in
          (out.baseAddress! + row * columns).update(repeating: 0, count: columns)
          if index != ignored { out[row * columns + Int(index)] = source[row] }
        }
      }
    }
  }

  private func checkedColumns(_ indices: [Int32], _ ignored: Int32?) -> Int {
    let columns = shape.rank > 0 ? shape[-1] : 0
    require(
      columns > 0 && count == indices.count * columns,
      "gathered: \(shape) needs \(count / max(1, columns)) indices, one for each row; got \(indices.count)")
    let wrong = indices.firstIndex { $0 != ignored && !($0 >= 0 && $0 < columns) }
    require(
      wrong == nil,
      "gathered: index \(wrong.map { indices[$0] } ?? 0) of row \(wrong ?? 0) is neither in 0..<\(columns) nor the ignored one "
        + "(\(ignored.map(String.init) ?? "none"))")
    return columns
  }

  private func forEachRow(_ indices: [Int32], _ columns: Int, _ body: (_ row: Int, _ index: Int32) -> Void) {
    indices.withUnsafeBufferPointer { indices in
      parallelFor(indices.count, grain: rowGrain(columns)) { rows in
        for row in rows { body(row, indices[row]) }
      }
    }
  }
}

import TesseraTensors

extension Tensor {
  /// The axes in another order: axis k of the result is axis `order[k]` of this tensor.
  public func transposed(_ order: [Int]) -> Tensor {
    require(
      order.sorted() == Array(0..<shape.rank),
      "transposed: \(order) is not an order of the \(shape.rank) axes of shape \(shape)")
    let lengths = order.map { shape.dimensions[$0] }
    let strides = order.map { shape.strides[$0] }
    let inner = lengths.last ?? 1
    let step = strides.last ?? 1
    return Tensor(shape: Shape(lengths)) { out in
      withUnsafeBufferPointer { a in
        guard count > 0 else { return }
        parallelFor(count / inner, grain: max(1, pointwiseGrain / inner)) { range in
          for row in range {
            var (rest, offset) = (row, 0)
            for axis in stride(from: lengths.count - 2, through: 0, by: -1) {
              offset += rest % lengths[axis] * strides[axis]
              rest /= lengths[axis]
            }
            let target = out.baseAddress! + row * inner
            if step == 1 {
              target.update(from: a.baseAddress! + offset, count: inner)
            } else {
              for index in 0..<inner { target[index] = a[offset + index * step] }
            }
          }
        }
      }
    }
  }

  /// The transpose of a matrix.
  public func transposed() -> Tensor { transposed(Array((0..<shape.rank).reversed())) }

  /// The part of `axis` in `range`, as a new tensor; a `mask` of this tensor is applied in the same pass.
  public func sliced(_ range: Range<Int>, along axis: Int, droppingOut mask: DropoutMask? = nil) -> Tensor {
    let axis = shape.normalized(axis, in: "sliced")
    let length = shape.dimensions[axis]
    require(
      range.lowerBound >= 0 && range.upperBound <= length,
      "sliced: range \(range) lies outside axis \(axis) of shape \(shape)")
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    var lengths = shape.dimensions
    lengths[axis] = range.count
    return Tensor(shape: Shape(lengths)) { out in
      withUnsafeBufferPointer { a in
        let first = range.lowerBound * inner
        copyRuns(
          count: shape.dimensions[..<axis].reduce(1, *), length: range.count * inner,
          from: a.baseAddress! + first, step: length * inner, to: out.baseAddress!, step: range.count * inner,
          mask.map { ($0, first: first, step: length * inner) })
      }
    }
  }

  /// Concatenates `tensors` along `axis`; all other lengths must agree. A `mask` of the result is applied in the same
  /// pass.
  public static func concatenation(
    _ tensors: [Tensor], along axis: Int, droppingOut mask: DropoutMask? = nil
  ) -> Tensor {
    let shape = shape(concatenating: tensors.map(\.shape), along: axis)
    let axis = shape.normalized(axis, in: "concatenation")
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    return Tensor(shape: shape) { out in
      var start = 0
      for tensor in tensors {
        let length = tensor.shape.dimensions[axis] * inner
        tensor.withUnsafeBufferPointer { a in
          copyRuns(
            count: shape.dimensions[..<axis].reduce(1, *), length: length, from: a.baseAddress!, step: length,
            to: out.baseAddress! + start, step: shape[axis] * inner,
            mask.map { ($0, first: start, step: shape[axis] * inner) })
        }
        start += length
      }
    }
  }

  /// The shape of tensors of these shapes that are joined along `axis`.
  package static func shape(concatenating shapes: [Shape], along axis: Int) -> Shape {
    require(!shapes.isEmpty, "concatenation: there must be at least one tensor")
    let axis = shapes[0].normalized(axis, in: "concatenation")
    var lengths = shapes[0].dimensions
    for shape in shapes {
      require(
        shape.rank == lengths.count && lengths.indices.allSatisfy { $0 == axis || shape[$0] == lengths[$0] },
        "concatenation along axis \(axis): the other lengths must agree; got \(shapes)")
    }
    lengths[axis] = shapes.reduce(0) { $0 + $1[axis] }
    return Shape(lengths)
  }
}

/// Copies `count` runs of `length` floats that are `step` apart, or what a mask leaves of them: its elements starting
/// at `first` for the first run, `step` later for the next.
private func copyRuns(
  count: Int, length: Int, from source: UnsafePointer<Float>, step sourceStep: Int,
  to target: UnsafeMutablePointer<Float>, step targetStep: Int, _ dropout: (mask: DropoutMask, first: Int, step: Int)?
) {
  parallelFor(count, grain: max(1, pointwiseGrain / max(1, length))) { range in
    for index in range {
      let (run, copy) = (source + index * sourceStep, target + index * targetStep)
      if let dropout {
        dropout.mask.apply(to: run, into: copy, first: dropout.first + index * dropout.step, count: length)
      } else {
        copy.update(from: run, count: length)
      }
    }
  }
}

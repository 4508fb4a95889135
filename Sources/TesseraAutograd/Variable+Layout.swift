import TesseraKernels
import TesseraTensors

extension Variable {
  /// The same elements in another shape.
  public func reshaped(to shape: Shape) -> Variable {
    let original = self.shape
    return .operation("reshape", on: [self], value: value.reshaped(to: shape)) { [$0.reshaped(to: original)] }
  }

  /// The axes in another order: axis k of the result is axis `order[k]`.
  public func transposed(_ order: [Int]) -> Variable {
    let inverse = order.indices.sorted { order[$0] < order[$1] }
    return .operation(.transpose(order: order), on: [self], value: value.transposed(order)) { [$0.transposed(inverse)] }
  }

  /// The part of `axis` in `range`.
  public func sliced(_ range: Range<Int>, along axis: Int) -> Variable {
    let axis = shape.normalized(axis, in: "sliced")
    let dimensions = shape.dimensions
    return .operation(.slice(range, axis: axis), on: [self], value: value.sliced(range, along: axis)) { gradient in
      func zeros(_ length: Int) -> Tensor {
        var lengths = dimensions
        lengths[axis] = length
        return .zeros(Shape(lengths))
      }
      return [
        .concatenation(
          [zeros(range.lowerBound), gradient, zeros(dimensions[axis] - range.upperBound)], along: axis)
      ]
    }
  }

  /// The sum over `axes` (all by default); the axes are removed, or keep length 1.
  public func sum(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Variable {
    let summed = normalized(axes)
    return reduced(.sum(axes: summed, keepingAxes: keepingAxes), along: summed, keepingAxes, share: nil)
  }

  /// The mean over `axes` (all by default).
  public func mean(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Variable {
    let summed = normalized(axes)
    let count = summed.reduce(1) { $0 * shape[$1] }
    return reduced(
      .mean(axes: summed, keepingAxes: keepingAxes), along: summed, keepingAxes, share: 1 / Float(max(1, count)))
  }

  private func normalized(_ axes: [Int]?) -> [Int] {
    guard let axes else { return Array(0..<shape.rank) }
    return Set(axes.map { shape.normalized($0, in: "sum") }).sorted()
  }

  /// The sum over `axes`, multiplied by `share`.
  private func reduced(_ kind: OperationKind, along axes: [Int], _ keepingAxes: Bool, share: Float?) -> Variable {
    let original = shape
    func scaled(_ tensor: Tensor) -> Tensor { share.map { tensor * $0 } ?? tensor }
    let kept = Self.computing(on: [self]) { scaled(value.sum(along: axes, keepingAxes: true)) }
    let lengths = original.dimensions.indices.filter { !axes.contains($0) }.map { original[$0] }
    let result = keepingAxes ? kept : kept.reshaped(to: Shape(lengths))
    return .operation(kind, on: [self], value: result) { [shape = kept.shape] gradient in
      [scaled(gradient).reshaped(to: shape).repeated(to: original)]
    }
  }
}

/// Concatenates `variables` along `axis`; in a training pass, followed by `dropout(_:rate:)`.
///
/// A single operation, which needs no memory between the two.
public func concatenate(_ variables: [Variable], along axis: Int = -1, dropoutRate: Float = 0) -> Variable {
  let tape = variables.lazy.compactMap(\.tape).first
  let key = dropoutRate > 0 && tape?.mode == .training ? tape?.randomStream().key : nil
  let shape = Tensor.shape(concatenating: variables.map(\.shape), along: axis)
  let mask = key.map { DropoutMask(rate: dropoutRate, key: $0, from: tape?.firstElement(of: shape) ?? 0) }
  let joined = Variable.computing(on: variables) {
    Tensor.concatenation(variables.map(\.value), along: axis, droppingOut: mask)
  }
  let parts = variables.map { (length: $0.shape[axis], wanted: $0.needsGradient) }
  let kind = OperationKind.concatenate(
    axis: joined.shape.normalized(axis, in: "concatenate"), isDropping: mask != nil)
  return .operation(kind, on: variables, value: joined) { gradient in
    var start = 0
    return parts.map { part in
      defer { start += part.length }
      return part.wanted ? gradient.sliced(start..<start + part.length, along: axis, droppingOut: mask) : nil
    }
  }
}

import TesseraAutograd
import TesseraTensors

/// A linear map along one axis: each place of the result is a sum of places of the input, with weights.
///
/// Picking, padding, mirroring, repeating and interpolating are such maps; the gradient goes through the adjoint.
struct AxisMap: ReplayableOperation {
  /// A place of the input and its weight.
  struct Tap: Sendable, Hashable {
    let source: Int
    let weight: Float
  }

  let name = "axisMap"
  /// The axis, as it is stored.
  let axis: Int
  /// The length of the input's axis.
  let length: Int
  /// The taps of each place of the result.
  let taps: [[Tap]]

  init(axis: Int, length: Int, taps: [[Tap]]) {
    (self.axis, self.length, self.taps) = (axis, length, taps)
  }

  /// The places of the input that the result takes; `nil` for zeros.
  init(axis: Int, length: Int, picking sources: [Int?]) {
    self.init(axis: axis, length: length, taps: sources.map { $0.map { [Tap(source: $0, weight: 1)] } ?? [] })
  }

  /// The map from results back to inputs.
  var adjoint: AxisMap {
    var back = [[Tap]](repeating: [], count: length)
    for (target, taps) in taps.enumerated() {
      for tap in taps { back[tap.source].append(Tap(source: target, weight: tap.weight)) }
    }
    return AxisMap(axis: axis, length: taps.count, taps: back)
  }

  func result(of inputs: [Tensor]) -> Tensor { self(inputs[0]) }

  func callAsFunction(_ input: Tensor) -> Tensor {
    var lengths = input.shape.dimensions
    require(lengths[axis] == length, "AxisMap: axis \(axis) of \(input.shape) has not the length \(length)")
    let inner = lengths[(axis + 1)...].reduce(1, *)
    lengths[axis] = taps.count
    let targets = taps.count
    let rowsAtOnce = max(1, 4096 / max(1, inner))
    return Tensor(shape: Shape(lengths)) { out in
      input.withUnsafeBufferPointer { source in
        parallelFor(lengths[..<axis].reduce(1, *) * targets, grain: rowsAtOnce) { rows in
          for row in rows {
            let (block, target) = row.quotientAndRemainder(dividingBy: targets)
            let result = out.baseAddress! + row * inner
            let first = source.baseAddress! + block * length * inner
            guard let tap = taps[target].first else {
              result.update(repeating: 0, count: inner)
              continue
            }
            let start = first + tap.source * inner
            if tap.weight == 1 {
              result.update(from: start, count: inner)
            } else {
              for index in 0..<inner { result[index] = start[index] * tap.weight }
            }
            for tap in taps[target].dropFirst() {
              let start = first + tap.source * inner
              for index in 0..<inner { result[index] += start[index] * tap.weight }
            }
          }
        }
      }
    }
  }

  /// The result with its gradient.
  func callAsFunction(_ input: Variable) -> Variable {
    .operation(replaying: self, on: [input]) { gradient, _, _ in [adjoint(gradient)] }
  }
}

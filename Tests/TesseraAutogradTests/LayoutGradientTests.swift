import TesseraAutograd
import TesseraTensors
import TestSupport
import Testing

@Suite struct LayoutGradientTests {
  @Test(arguments: [[3, 2, 1, 0], [0, 3, 1, 2], [1, 2, 3, 0], [2, 0, 3, 1]])
  func transposing(_ order: [Int]) {
    expectGradients(
      of: { $0[0].transposed(order) },
      match: { inputs in
        DoubleArray(shape: Shape(order.map { inputs[0].shape[$0] })) { index in
          var source = [0, 0, 0, 0]
          for (axis, position) in zip(order, index) { source[axis] = position }
          return inputs[0][index: source]
        }
      }, at: [.random([2, 3, 4, 2])])
  }

  @Test(arguments: [0, 1, 2, -1, -3])
  func slicing(_ axis: Int) {
    expectGradients(
      of: { $0[0].sliced(1..<3, along: axis) }, match: { slice($0[0], 1..<3, axis < 0 ? axis + 3 : axis) },
      at: [.random([3, 4, 5])])
  }

  @Test(arguments: [0, 1, 2, -1])
  func concatenating(_ axis: Int) {
    // One variable twice, and one without gradient between them.
    let constant = Tensor.random([3, 3, 3], seed: 6)
    expectGradients(
      of: { concatenate([$0[0], Variable(constant), $0[1], $0[0]], along: axis) },
      match: { join([$0[0], DoubleArray(constant), $0[1], $0[0]], axis < 0 ? axis + 3 : axis) },
      at: [.random([3, 3, 3], seed: 1), .random([3, 3, 3], seed: 2)])
  }

  /// Joining, dropping out and convolving give the same bits whether they are one operation or two.
  @Test(arguments: [Tape.Mode.training, .inference], [Float(0), 0.4])
  func concatenatingWithDropout(_ mode: Tape.Mode, rate: Float) {
    let (first, second) = (Tensor.random([2, 5, 4, 3], seed: 1), Tensor.random([2, 5, 4, 6], seed: 2))
    let constant = Tensor.random([2, 5, 4, 2], seed: 5)
    func pass(_ join: ([Variable]) -> Variable) -> [Tensor?] {
      let filter = Parameter(.random([3, 3, 11, 2], seed: 3))
      let tape = Tape(mode: mode, random: RandomStream(seed: 4))
      let (a, b) = (tape.variable(first), tape.variable(second))
      let joined = join([a, tape.input(constant), b])
      let result = conv2D(joined, filter: filter.joining(joined), activation: .relu)
      let gradients = tape.gradients(of: result.squared().mean())
      return [joined.value, result.value, gradients[a], gradients[b], gradients[filter]]
    }
    let expected = pass { dropout(concatenate($0), rate: rate) }
    let found = pass { concatenate($0, dropoutRate: rate) }
    #expect(found == expected && expected.allSatisfy { $0 != nil })
    #expect(found[0]?.scalars.contains(0) == (mode == .training && rate > 0))
  }

  @Test func reshaping() {
    expectGradients(of: { $0[0].reshaped(to: [4, 3]) }, match: { $0[0].reshaped(to: [4, 3]) }, at: [.random([2, 6])])
  }

  @Test(arguments: [[0], [1], [2], [0, 2], [1, 2], [0, 1, 2], [-1], []])
  func summingAndAveraging(_ axes: [Int]) {
    let x = [Tensor.random([2, 3, 4])]
    let positive = Set(axes.map { $0 < 0 ? $0 + 3 : $0 })
    let rest = Shape((0..<3).filter { !positive.contains($0) }.map { x[0].shape[$0] })
    expectGradients(
      of: { $0[0].sum(along: axes) }, match: { $0[0].reduced(along: positive, from: 0, +).reshaped(to: rest) }, at: x)
    expectGradients(of: { $0[0].mean(along: axes, keepingAxes: true) }, match: { $0[0].mean(along: positive) }, at: x)
  }

  @Test func summingEverything() {
    expectGradients(
      of: { $0[0].sum() }, match: { DoubleArray([$0[0].scalars.reduce(0, +)], shape: []) }, at: [.random([2, 3])])
  }
}

private func slice(_ array: DoubleArray, _ range: Range<Int>, _ axis: Int) -> DoubleArray {
  var lengths = array.shape.dimensions
  lengths[axis] = range.count
  return DoubleArray(shape: Shape(lengths)) { index in
    var source = index
    source[axis] += range.lowerBound
    return array[index: source]
  }
}

/// Arrays of one shape one after the other.
private func join(_ arrays: [DoubleArray], _ axis: Int) -> DoubleArray {
  let length = arrays[0].shape[axis]
  var lengths = arrays[0].shape.dimensions
  lengths[axis] *= arrays.count
  return DoubleArray(shape: Shape(lengths)) { index in
    var source = index
    source[axis] %= length
    return arrays[index[axis] / length][index: source]
  }
}

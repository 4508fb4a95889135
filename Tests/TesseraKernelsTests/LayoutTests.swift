import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct LayoutTests {
  static let orders = [
    [0, 1, 2, 3], [3, 2, 1, 0], [0, 3, 1, 2], [0, 2, 3, 1], [3, 2, 0, 1], [1, 0, 2, 3], [2, 3, 0, 1], [0, 1, 3, 2],
  ]

  @Test(arguments: orders)
  func transposingMovesEveryElement(_ order: [Int]) {
    let tensor = Tensor.random([2, 3, 4, 5])
    let expected = DoubleArray(shape: Shape(order.map { tensor.shape[$0] })) { index in
      var source = [0, 0, 0, 0]
      for (axis, position) in zip(order, index) { source[axis] = position }
      return Double(tensor[source[0], source[1], source[2], source[3]])
    }
    expectClose(tensor.transposed(order), expected, tolerance: 0)
  }

  /// 72,000 elements are more than a block.
  @Test func largeTensorsKeepTheirElements() {
    let tensor = Tensor.random([3, 150, 160])
    let exact = tensor.scalars
    for order in [[2, 0, 1], [1, 0, 2], [0, 2, 1]] {
      let moved = tensor.transposed(order)
      let steps = order.map { [150 * 160, 160, 1][$0] }
      let lengths = moved.shape.dimensions
      var expected: [Float] = []
      for i in 0..<lengths[0] {
        for j in 0..<lengths[1] {
          for k in 0..<lengths[2] { expected.append(exact[i * steps[0] + j * steps[1] + k * steps[2]]) }
        }
      }
      #expect(moved.scalars == expected, "\(order)")
    }
    for axis in 0..<3 {
      let parts = [0..<1, 1..<tensor.shape[axis]].map { tensor.sliced($0, along: axis) }
      #expect(Tensor.concatenation(parts, along: axis) == tensor)
    }
    #expect(tensor.sliced(1..<150, along: 1)[2, 148, 159] == tensor[2, 149, 159])
  }

  @Test func matricesVectorsScalarsAndEmptyTensorsTranspose() {
    #expect(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]).transposed().scalars == [1, 4, 2, 5, 3, 6])
    #expect(Tensor([1, 2]).transposed().scalars == [1, 2])
    #expect(Tensor(3).transposed().item == 3)
    #expect(Tensor.zeros([0, 3]).transposed().shape == [3, 0])
  }

  @Test func slicesAlongEveryAxis() {
    let tensor = Tensor.random([4, 5, 6])
    for axis in 0..<3 {
      for range in [0..<1, 1..<3, 2..<4, 0..<4, 2..<2] {
        var lengths = tensor.shape.dimensions
        lengths[axis] = range.count
        let expected = DoubleArray(shape: Shape(lengths)) { index in
          var source = index
          source[axis] += range.lowerBound
          return Double(tensor[source[0], source[1], source[2]])
        }
        expectClose(tensor.sliced(range, along: axis), expected, tolerance: 0, "axis \(axis), \(range)")
        #expect(tensor.sliced(range, along: axis - 3) == tensor.sliced(range, along: axis))
      }
    }
  }

  @Test func concatenationPutsSlicesTogetherAgain() {
    let tensor = Tensor.random([4, 5, 6])
    for axis in 0..<3 {
      let cuts = [0..<1, 1..<1, 1..<3, 3..<tensor.shape[axis]]
      let parts = cuts.map { tensor.sliced($0, along: axis) }
      #expect(Tensor.concatenation(parts, along: axis) == tensor)
      #expect(Tensor.concatenation(parts, along: axis - 3) == tensor)
    }
  }

  @Test func unequalPartsStopWithAllShapes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.concatenation([.zeros([2, 3]), .zeros([3, 3])], along: 1)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("concatenation along axis 1: the other lengths must agree; got [[2, 3], [3, 3]]"))
  }

  @Test func bitsDoNotDependOnTheNumberOfThreads() {
    let tensor = Tensor.random([7, 30, 31, 33])
    expectSameBits {
      Self.orders.map { tensor.transposed($0) }
        + [tensor.sliced(3..<29, along: 2), .concatenation([tensor, tensor], along: 1)]
    }
  }
}

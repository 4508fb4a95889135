import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct SoftmaxTests {
  @Test(arguments: [1, 2, 5, 16, 17, 151, 1500])
  func softmaxEqualsItsDefinitionForSmallAndLargeLogits(_ classes: Int) {
    for range in [Float(-1)..<1, -1000..<1000, 900..<1000] {
      let logits = Tensor.random([3, 2, classes], in: range)
      expectClose(logits.softmax(), Oracle.softmax(DoubleArray(logits)), tolerance: 1e-6, "\(range)")
    }
  }

  @Test func theGradientOfSoftmaxIsItsJacobianTransposed() {
    let (logits, gradient) = (Tensor.random([4, 7], in: -3..<3), Tensor.random([4, 7], seed: 3))
    let p = Oracle.softmax(DoubleArray(logits))
    let expected = DoubleArray(shape: [4, 7]) { index in
      (0..<7).reduce(0) { sum, other in
        let jacobian = p[index[0], other] * ((other == index[1] ? 1 : 0) - p[index[0], index[1]])
        return sum + Double(gradient[index[0], other]) * jacobian
      }
    }
    expectClose(logits.softmax().softmaxBackward(gradient), expected, tolerance: 1e-6)
  }

  /// 67,100 elements: the last 26 rows lie in a second block.
  @Test func rowsOfLaterBlocksAreRightToo() {
    let (logits, gradient) = (Tensor.random([1100, 61], in: -3..<3), Tensor.random([1100, 61], seed: 3))
    func tail(_ tensor: Tensor) -> Tensor { tensor.sliced(1050..<1100, along: 0) }
    #expect(tail(logits.softmax()) == tail(logits).softmax())
    #expect(tail(logits.softmax().softmaxBackward(gradient)) == tail(logits).softmax().softmaxBackward(tail(gradient)))
    #expect(Array(logits.argmax()[1050...]) == tail(logits).argmax())
    #expect(tail(logits.maximum(along: [1], keepingAxes: true)) == tail(logits).maximum(along: [1], keepingAxes: true))
  }

  @Test func argmaxTakesTheFirstOfEquals() {
    #expect(Tensor([1, 3, 3, 2], shape: [1, 4]).argmax() == [1])
    #expect(Tensor(repeating: 5, shape: [3, 40]).argmax() == [0, 0, 0])
    for place in [0, 15, 16, 31, 36] {
      var row = Tensor.random([2, 37])
      row[1, place] = 2
      #expect(row.argmax()[1] == Int32(place))
    }
    #expect(Tensor([-.infinity, -.infinity], shape: [1, 2]).argmax() == [0])
  }

  @Test func argmaxOfARowWithANaNIsTheNaN() {
    for place in [0, 15, 16, 31, 36] {
      var row = Tensor.random([2, 37])
      row[1, place] = .nan
      #expect(row.argmax()[1] == Int32(place))
    }
  }

  @Test func bitsDoNotDependOnTheNumberOfThreads() {
    let logits = Tensor.random([2000, 151], in: -5..<5)
    let labels = (0..<2000).map { Int32($0 % 151) }
    expectSameBits {
      let result = SoftmaxCrossEntropy(logits: logits, labels: labels, ignored: 0, wantsGradient: true)
      return [
        logits.softmax(), logits.softmax().softmaxBackward(logits), Tensor(logits.argmax().map(Float.init)),
        Tensor(result.loss), result.gradient ?? logits,
      ]
    }
  }
}

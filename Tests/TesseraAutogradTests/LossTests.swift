import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct LossTests {
  @Test(arguments: [Float(0), 0.1], [nil, Int32(2)])
  func crossEntropyIsTheMeanOverCountedRows(_ smoothing: Float, _ ignored: Int32?) {
    let labels: [Int32] = [0, 2, 1, 3, 2, 0]
    let weights = Tensor([1, 2, 0.5, 3])
    for classWeights in [nil, weights] {
      expectGradients(
        of: {
          softmaxCrossEntropy(
            $0[0], labels: labels, ignoring: ignored, classWeights: classWeights, smoothing: smoothing
          ).mean
        },
        match: {
          let loss = Oracle.crossEntropy(
            $0[0], labels: labels, ignored: ignored, weights: classWeights.map { DoubleArray($0).scalars },
            smoothing: Double(smoothing))
          return DoubleArray([loss], shape: [])
        }, at: [.random([2, 3, 4], in: -2..<2)])
    }
  }

  @Test func crossEntropyTellsCountedAndCorrectRows() {
    let logits = Variable(Tensor([3, 1, 0, 5, 2, 2], shape: [3, 2]))
    let result = softmaxCrossEntropy(logits, labels: [0, 0, 255], ignoring: 255)
    #expect(result.counted == 2 && result.correct == 1)
    #expect(result.mean.tape == nil)
  }

  @Test func meanSquaredErrorIsTheMeanOverAllElements() {
    let target = Tensor.random([3, 4], seed: 5)
    expectGradients(
      of: { meanSquaredError($0[0], target) },
      match: {
        let squares = $0[0].combined(with: DoubleArray(target)) { ($0 - $1) * ($0 - $1) }
        return DoubleArray([squares.scalars.reduce(0, +) / 12], shape: [])
      }, at: [.random([3, 4])])
  }

  @Test func aScaledLossScalesItsGradient() throws {
    let logits = Tensor.random([5, 3])
    func gradient(_ factor: Float) throws -> Tensor {
      let tape = Tape()
      let variable = tape.variable(logits)
      let loss = softmaxCrossEntropy(variable, labels: [0, 1, 2, 0, 1]).mean * factor
      return try #require(tape.gradients(of: loss)[variable])
    }
    expectClose(try gradient(3), try gradient(1) * 3, tolerance: 1e-6)
  }

  @Test func shapesThatDifferStopWithBoth() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = meanSquaredError(Variable(.zeros([2, 3])), .zeros([3, 2]))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("meanSquaredError: the prediction's shape [2, 3] differs from the target's [3, 2]"))
  }
}

import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct LossPartTests {
  @Test(arguments: [[3, 5], [2, 3, 4, 1], [2, 1, 2, 21], [7]])
  func logSoftmaxIsTheLogarithmOfSoftmax(_ dimensions: [Int]) {
    expectGradients(
      of: { logSoftmax($0[0]) }, match: { Oracle.softmax($0[0]).map { log($0) } },
      at: [.random(Shape(dimensions), in: -4..<4)])
  }

  @Test func logSoftmaxStaysFiniteWhereSoftmaxIsZero() throws {
    let tape = Tape()
    let logits = tape.variable(Tensor([0, 200, -1000], shape: [1, 3]))
    let result = logSoftmax(logits)
    #expect(result.value.scalars == [-200, 0, -1200])
    let gradient = try #require(tape.gradients(of: result, seed: Tensor([1, 0, 0], shape: [1, 3]))[logits])
    expectClose(gradient, Tensor([1, -1, 0], shape: [1, 3]))
  }

  @Test func logSoftmaxHasTheSameBitsOnAnyNumberOfThreads() {
    let logits = Tensor.random([3, 200, 100, 3], in: -4..<4)
    expectSameBits {
      let tape = Tape()
      let x = tape.variable(logits)
      let y = logSoftmax(x)
      return [y.value, tape.gradients(of: (y * y).sum())[x] ?? .zeros([])]
    }
  }

  @Test(arguments: [0, 0.5, 1, 2, 2.5, 3, -1] as [Float])
  func powers(exponent: Float) {
    expectGradients(
      of: { $0[0].power(exponent) }, match: { $0[0].map { pow($0, Double(exponent)) } },
      at: [.random([3, 5], in: 0.5..<2)], "power \(exponent)")
  }

  @Test func wholePowersOfAnyNumber() throws {
    expectGradients(
      of: { $0[0].power(3) }, match: { $0[0].map { $0 * $0 * $0 } }, at: [.random([3, 5], in: -2..<2)])
    let tape = Tape()
    let zero = tape.variable(Tensor([0]))
    #expect(tape.gradients(of: zero.power(0).sum())[zero] == Tensor([0]))
  }

  /// No element lies so close to a bound that a step of the difference crosses it.
  @Test func clampingCutsTheGradientBeyondTheBounds() throws {
    expectGradients(
      of: { $0[0].clamped(to: -0.5...1) }, match: { $0[0].map { min(max($0, -0.5), 1) } },
      at: [.distinct([4, 9], gap: 0.11)])
    let tape = Tape()
    let x = tape.variable(Tensor([-2, -0.5, 0, 1, 2, .nan]))
    let clamped = x.clamped(to: -0.5...1)
    #expect(clamped.value.scalars.dropLast() == [-0.5, -0.5, 0, 1, 1] && clamped.value[5].isNaN)
    #expect(tape.gradients(of: clamped.sum())[x] == Tensor([0, 1, 1, 1, 0, 0]))
    #expect(Variable(Tensor([3, -1])).clamped(to: 0 ... .infinity).value == Tensor([3, 0]))
  }

  @Test func gatheringTakesOneElementOfEachRow() {
    let labels: [Int32] = [2, 0, 255, 3, 1, 2]
    expectGradients(
      of: { $0[0].gathered(labels, ignoring: 255) },
      match: { x in
        DoubleArray(shape: [2, 3, 1]) { index in
          let label = Int(labels[index[0] * 3 + index[1]])
          return label == 255 ? 0 : x[0][index[0], index[1], label]
        }
      }, at: [.random([2, 3, 4])])
    expectAdjoint(
      { $0.gathered(labels, ignoring: 255) }, { $0.scattered(labels, ignoring: 255, to: 4) }, from: [6, 4], to: [6, 1])
  }

  @Test func indicesThatNoClassHasStopWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2, 3]).gathered([0, 3])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("gathered: index 3 of row 1 is neither in 0..<3 nor the ignored one (none)"), "\(text)")
  }

  @Test func indicesOfAnotherNumberStopWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2, 3]).gathered([0])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("gathered: [2, 3] needs 2 indices, one for each row; got 1"), "\(text)")
  }
}

import TesseraAutograd
import TesseraImaging
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

@Suite struct PixelLossTests {
  static let void = 255
  let logits = Tensor.random([2, 3, 4, 5], seed: 3, in: -4..<4)

  /// Labels of two pictures of 4 x 3 pixels; every third is void where the space has one.
  func masks(void: Int?) -> MaskBatch {
    var random = RandomStream(seed: 8)
    let space = LabelSpace(names: ["a", "b", "c", "d", "e"], void: void)
    return MaskBatch(
      (0..<2).map { _ in
        Mask(
          width: 4, height: 3,
          indices: (0..<12).map { $0 % 3 == 0 && void != nil ? UInt16(void ?? 0) : UInt16(random.index(below: 5)) },
          labelSpace: space)
      })
  }

  @Test(arguments: [nil, 255, 2] as [Int?], [0, 0.1] as [Float])
  func meanIsTheOraclesOverCountedPixels(void: Int?, smoothing: Float) {
    let masks = masks(void: void)
    let loss = crossEntropy(Variable(logits), masks, labelSmoothing: smoothing)
    let expected = Oracle.crossEntropy(
      DoubleArray(logits), labels: masks.indices, ignored: void.map(Int32.init), smoothing: Double(smoothing))
    expectClose(loss.mean.value, DoubleArray([expected], shape: []), tolerance: 1e-6)
    #expect(loss.counted == masks.indices.count { Int($0) != void })
  }

  @Test func classWeightsWeightTheMean() {
    let masks = masks(void: Self.void)
    let weights: [Float] = [1, 2, 0.5, 4, 0]
    let loss = crossEntropy(Variable(logits), masks, classWeights: Tensor(weights))
    let expected = Oracle.crossEntropy(
      DoubleArray(logits), labels: masks.indices, ignored: Int32(Self.void), weights: weights.map(Double.init))
    expectClose(loss.mean.value, DoubleArray([expected], shape: []), tolerance: 1e-6)
  }

  @Test func gradientIsZeroAtVoidPixelsAndNowhereElse() throws {
    let masks = masks(void: Self.void)
    let tape = Tape()
    let variable = tape.variable(logits)
    let gradient = try #require(tape.gradients(of: crossEntropy(variable, masks).mean)[variable])
    for (pixel, label) in masks.indices.enumerated() {
      let part = gradient.scalars[pixel * 5..<(pixel + 1) * 5]
      #expect(part.allSatisfy { $0 == 0 } == (Int(label) == Self.void), "pixel \(pixel)")
    }
  }

  @Test func accuracyIsTheShareOfCountedPixels() {
    let masks = masks(void: Self.void)
    let right = masks.indices.indices.filter { Int(masks.indices[$0]) != Self.void }.prefix(5)
    // Class 0 everywhere would be right by chance: an extra step moves every other guess to another class than the
    // truth.
    let guesses = masks.indices.enumerated().map { pixel, label in
      right.contains(pixel) ? Int(label) : (Int(label) + 1) % 5
    }
    let scores = guesses.flatMap { guess in (0..<5).map { $0 == guess ? Float(3) : 0 } }
    let loss = crossEntropy(Variable(Tensor(scores, shape: [2, 3, 4, 5])), masks)
    #expect(loss.correct == 5)
    #expect(loss.counted == 16)
    #expect(loss.accuracy == 5.0 / 16)
  }

  @Test func nothingCountedIsNoNumberProblem() {
    let space = LabelSpace(names: ["a", "b"], void: 255)
    let masks = MaskBatch([Mask(width: 2, height: 1, indices: [255, 255], labelSpace: space)])
    let loss = crossEntropy(Variable(.zeros([1, 1, 2, 2])), masks)
    #expect(loss.counted == 0)
    #expect(loss.accuracy == 0)
    #expect(loss.mean.value.item == 0)
  }

  @Test func classWeightsOfAnotherNumberStopWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let space = LabelSpace(names: ["a", "b"], void: nil)
      let masks = MaskBatch([Mask(width: 2, height: 1, indices: [0, 1], labelSpace: space)])
      _ = crossEntropy(Variable(.zeros([1, 1, 2, 2])), masks, classWeights: Tensor([1, 2, 3]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("crossEntropy: logits [1, 1, 2, 2] need class weights [2]; got [3]"))
  }

  @Test func logitsOfAnotherSizeStopWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let space = LabelSpace(names: ["a", "b"], void: nil)
      let masks = MaskBatch([Mask(width: 2, height: 1, indices: [0, 1], labelSpace: space)])
      _ = crossEntropy(Variable(.zeros([1, 2, 1, 2])), masks)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.contains(
        "crossEntropy: masks [1, 1, 2] need logits of that size and one channel per class; got [1, 2, 1, 2]"))
  }
}

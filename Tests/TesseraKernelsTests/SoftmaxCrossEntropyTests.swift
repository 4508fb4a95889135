import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct SoftmaxCrossEntropyTests {
  struct Case: Sendable {
    var rows = 6
    var classes = 5
    var ignored: Int32? = nil
    var weights = false
    var smoothing: Float = 0
    var range: Range<Float> = -3..<3
  }

  static let cases = [
    Case(), Case(ignored: 0), Case(ignored: 255), Case(weights: true), Case(smoothing: 0.1),
    Case(ignored: 2, weights: true, smoothing: 0.2), Case(range: -800..<800),
    Case(rows: 3000, classes: 151, ignored: 150, weights: true, smoothing: 0.1), Case(rows: 2, classes: 2500),
    Case(classes: 1), Case(rows: 40, classes: 13), Case(rows: 40, classes: 21, smoothing: 0.1),
  ]

  static func labels(_ example: Case) -> [Int32] {
    (0..<example.rows).map { row in
      row % 3 == 1 ? example.ignored ?? 0 : Int32(row * 7 % example.classes)
    }
  }

  @Test(arguments: cases)
  func lossEqualsItsDefinitionAndTheGradientItsDifference(_ example: Case) throws {
    let logits = Tensor.random([example.rows, example.classes], in: example.range)
    let labels = Self.labels(example)
    let weights = Tensor.random([example.classes], seed: 4, in: 0.5..<3)
    func evaluate(_ wantsGradient: Bool) -> SoftmaxCrossEntropy {
      SoftmaxCrossEntropy(
        logits: logits, labels: labels, ignored: example.ignored, classWeights: example.weights ? weights : nil,
        smoothing: example.smoothing, wantsGradient: wantsGradient)
    }
    let result = evaluate(true)
    let exactWeights = DoubleArray(weights).scalars
    let loss = Oracle.crossEntropy(
      DoubleArray(logits), labels: labels, ignored: example.ignored, weights: example.weights ? exactWeights : nil,
      smoothing: Double(example.smoothing))
    expectClose(Tensor(result.loss), DoubleArray([loss], shape: []), tolerance: 2e-6, "loss")
    let counted = labels.indices.filter { labels[$0] != example.ignored }
    #expect(result.counted == counted.count)
    let best = logits.argmax()
    #expect(result.correct == counted.count { best[$0] == labels[$0] })

    // weight (softmax - target) / total weight, row by row.
    let total = counted.reduce(0) { $0 + (example.weights ? exactWeights[Int(labels[$1])] : 1) }
    let p = Oracle.softmax(DoubleArray(logits))
    let share = Double(example.smoothing)
    let expected = DoubleArray(shape: logits.shape) { index in
      let label = labels[index[0]]
      guard label != example.ignored else { return 0 }
      let target = (index[1] == Int(label) ? 1 - share : 0) + share / Double(example.classes)
      return (example.weights ? exactWeights[Int(label)] : 1) * (p[index: index] - target) / total
    }
    expectClose(try #require(result.gradient), expected, tolerance: 2e-6, "gradient")

    let withoutGradient = evaluate(false)
    #expect(withoutGradient.gradient == nil)
    expectClose(Tensor(withoutGradient.loss), Tensor(result.loss), tolerance: 1e-6)
    #expect(withoutGradient.counted == result.counted && withoutGradient.correct == result.correct)
  }

  @Test func aBatchOfVoidAloneCountsNothing() {
    let result = SoftmaxCrossEntropy(
      logits: .random([3, 4]), labels: [255, 255, 255], ignored: 255, smoothing: 0.1, wantsGradient: true)
    #expect(result.loss == 0 && result.counted == 0 && result.correct == 0)
    #expect(result.gradient == .zeros([3, 4]))
  }

  @Test func equalLogitsPredictTheFirstClass() {
    let result = SoftmaxCrossEntropy(
      logits: .zeros([2, 4]), labels: [0, 1], ignored: nil, wantsGradient: false)
    #expect(result.correct == 1)
  }

  @Test func aNaNOrInfiniteLogitShowsInTheLoss() {
    for value in [Float.nan, .infinity] {
      for place in [0, 3, 18] {
        var logits = Tensor.random([2, 19])
        logits[1, place] = value
        for wantsGradient in [true, false] {
          let result = SoftmaxCrossEntropy(
            logits: logits, labels: [0, 1], ignored: nil, wantsGradient: wantsGradient)
          #expect(!result.loss.isFinite, "\(value) at \(place)")
        }
      }
    }
  }

  @Test func aLabelThatNoClassHasStopsWithRowAndRange() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SoftmaxCrossEntropy(logits: .zeros([2, 4]), labels: [0, 4], ignored: 255, wantsGradient: false)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(
      text.contains("crossEntropy: label 4 of row 1 is neither a class in 0..<4 nor the ignored label (255)"))
  }
}

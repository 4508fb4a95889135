import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

/// Networks without an output for void: everything that maps outputs to classes.
@Suite struct VoidOutputTests {
  /// Void is index 1, between the classes.
  private let labels = LabelSpace(names: ["a", "void", "b", "c"], void: 1).withoutVoidOutput
  private let indices: [Int32] = [0, 2, 3, 1, 3, 2]
  /// The same pixels where output k is class k.
  private let plain = MaskBatch(
    indices: [0, 1, 2, 255, 2, 1], count: 1, height: 2, width: 3,
    labelSpace: LabelSpace(names: ["a", "b", "c"], void: 255))
  private let logits = Tensor.random([1, 2, 3, 3], seed: 8, in: -2..<2)
  private var masks: MaskBatch {
    MaskBatch(indices: indices, count: 1, height: 2, width: 3, labelSpace: labels)
  }

  @Test func lossesCompareOutputsWithTheirClasses() {
    for weights in [nil, Tensor([1, 2, 0.5])] {
      func results(_ masks: MaskBatch) -> (PixelLoss, Tensor?) {
        let tape = Tape()
        let scores = tape.variable(logits)
        let loss = crossEntropy(scores, masks, classWeights: weights, labelSmoothing: 0.1)
        return (loss, tape.gradients(of: loss.mean)[scores])
      }
      let (own, gradient) = results(masks)
      let (expected, expectedGradient) = results(plain)
      #expect(own.mean.value == expected.mean.value && gradient == expectedGradient && gradient != nil)
      #expect(own.counted == 5 && own.correct == expected.correct && own.weight == expected.weight)
    }
    let own = trueLogProbabilities(Variable(logits), masks).value
    #expect(own == trueLogProbabilities(Variable(logits), plain).value && own[0, 1, 0, 0] == 0)
    let mean = Variable(Tensor(repeating: 1, shape: []))
    let counts = PixelLoss(mean: mean, logits: Variable(logits), masks: masks)
    #expect(counts.counted == 5 && counts.correct == crossEntropy(Variable(logits), plain).correct)
  }

  @Test func classWeightsAreThoseOfOutputs() throws {
    #expect(try labels.classWeights([1, 2, 3]) == Tensor([1, 2, 3]))
    let few = #expect(throws: ClassWeightsError.self) { _ = try labels.classWeights([1, 2, 3, 4]) }
    #expect(
      few?.description == "class weights: 3 are needed, one for each class in the order of their indices; got 4")
    let bad = #expect(throws: ClassWeightsError.self) { _ = try labels.classWeights([1, -1, 3]) }
    #expect(bad?.description == "class weights must be finite and not negative; got -1.0 of class 2, b")
  }

  @Test(arguments: [Predictor.Scale.trained, .original(tile: 16)], [Averaging.none, Averaging(flip: true)])
  func predictionsAreClasses(scale: Predictor.Scale, averaging: Averaging) {
    let model = PixelwiseModel.byRed(classes: 3)
    let image = picture(32, 32) { x, _ in (x / 11, 0, 0) }
    let predictor = Predictor(model: model, labelSpace: labels, imageSize: 32, scale: scale, averaging: averaging)
    let prediction = predictor.prediction(for: image)
    let row = (0..<32).map { UInt16([0, 2, 3][$0 / 11]) }
    #expect(prediction.mask.indices == (0..<32).flatMap { _ in row })
    #expect(prediction.largestOutputs == prediction.mask && prediction.mask.labelSpace == labels)
  }

  @Test func measuresAreOfClasses() {
    let truth = Mask(width: 3, height: 2, indices: indices.map { UInt16($0) }, labelSpace: labels)
    let predicted = Mask(width: 3, height: 2, indices: [0, 2, 2, 0, 3, 2], labelSpace: labels)
    var matrix = ConfusionMatrix(labels)
    matrix.add(predicted: predicted, truth: truth)
    #expect(matrix.metrics.classes.map(\.name) == ["a", "b", "c"])
    #expect(matrix.metrics.classes.map(\.right) == [1, 2, 1] && matrix.metrics.pixels == 5)
    var accuracy = KerasAccuracy()
    accuracy.add(largestOutputs: predicted, truth: truth)
    #expect(accuracy.right == 4 && accuracy.pixels == 6)
  }
}

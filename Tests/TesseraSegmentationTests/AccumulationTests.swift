import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraLayers
import TesseraOptimizers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

/// Gradients of several small batches, added up, against those of the one large batch.
@Suite struct AccumulationTests {
  static let void = 255
  static let classes = 5
  static let size = 32
  static let weights = Tensor([0.1, 3, 1, 0.5, 8])
  /// Of pictures: the first is void but for five pixels, the last void altogether.
  static let parts = [0..<1, 1..<3, 3..<5, 5..<6]

  let images = Tensor.random([6, size, size, 3], seed: 5, in: 0..<1)

  func masks(_ range: Range<Int>) -> MaskBatch {
    MaskBatch(
      range.map { picture in
        var random = RandomStream(seed: UInt64(picture))
        let indices = (0..<Self.size * Self.size).map { pixel -> UInt16 in
          let isVoid =
            switch picture {
            case 0: pixel % 211 != 0
            case 5: true
            default: pixel % (picture + 2) == 0
            }
          // Each picture has classes of its own more than others, so that class weights matter.
          let index = random.uniform() < 0.6 ? picture % Self.classes : random.index(below: Self.classes)
          return isVoid ? UInt16(Self.void) : UInt16(index)
        }
        return Mask(
          width: Self.size, height: Self.size, indices: indices,
          labelSpace: LabelSpace(names: (0..<Self.classes).map { "class \($0)" }, void: Self.void))
      })
  }

  struct Pass {
    let gradients: Gradients
    let loss: PixelLoss
  }

  func pass(_ model: some SegmentationModel, _ range: Range<Int>, _ classWeights: Tensor?) -> Pass {
    let tape = Tape()
    let loss = crossEntropy(
      model(tape.input(images.sliced(range, along: 0))), masks(range), classWeights: classWeights)
    return Pass(gradients: tape.gradients(of: loss.mean), loss: loss)
  }

  /// The largest difference of a gradient from the large batch's, as a share of that parameter's largest gradient.
  func difference(_ model: some Module, _ gradients: Gradients, _ expected: Gradients) throws -> Float {
    try model.parameters.map { parameter in
      let (own, all) = (try #require(gradients[parameter]), try #require(expected[parameter]))
      return (own - all).absolute().maximum().item / all.absolute().maximum().item
    }.max() ?? .infinity
  }

  static let models: [@Sendable () -> any SegmentationModel] = [
    { UNet(.init(classes: classes, width: 3, dropout: 0), random: RandomStream(seed: 2)) },
    { FCNN(.init(classes: classes, width: 3, dropout: 0), random: RandomStream(seed: 2)) },
  ]

  @Test(arguments: 0..<models.count, [nil, weights])
  func equalsTheLargeBatchToRounding(model: Int, classWeights: Tensor?) throws {
    let model = Self.models[model]()
    let whole = pass(model, 0..<6, classWeights)
    let parts = Self.parts.map { pass(model, $0, classWeights) }
    #expect(parts[0].loss.counted == 5 && parts[3].loss.counted == 0 && parts[3].loss.weight == 0)

    var sum = GradientSum()
    for part in parts { sum.add(part.gradients, weight: part.loss.weight) }
    #expect(abs(sum.weight - whole.loss.weight) <= 1e-9 * whole.loss.weight)
    #expect(try difference(model, sum.mean, whole.gradients) <= 2e-5)

    let total = parts.reduce(0) { $0 + Double($1.loss.mean.value.item) * $1.loss.weight }
    #expect(abs(total / sum.weight - Double(whole.loss.mean.value.item)) <= 1e-6 * Double(whole.loss.mean.value.item))
  }

  @Test func aMeanOfMeansWouldBeFarOff() throws {
    let model = Self.models[0]()
    let whole = pass(model, 0..<6, nil).gradients
    var means = GradientSum()
    for part in Self.parts { means.add(pass(model, part, nil).gradients, weight: 1) }
    #expect(try difference(model, means.mean, whole) > 0.3)
  }

  @Test func countingPixelsInsteadOfTheirClassWeightsWouldBeFarOff() throws {
    let model = Self.models[0]()
    let whole = pass(model, 0..<6, Self.weights).gradients
    var pixels = GradientSum()
    for part in Self.parts {
      let part = pass(model, part, Self.weights)
      pixels.add(part.gradients, weight: Double(part.loss.counted))
    }
    #expect(try difference(model, pixels.mean, whole) > 0.05)
  }

  @Test func weightIsWhatTheMeanWasDividedBy() {
    let model = Self.models[0]()
    let loss = pass(model, 0..<3, nil).loss
    #expect(loss.weight == Double(loss.counted))
    let labels = masks(0..<3).indices.filter { Int($0) != Self.void }
    let expected = labels.reduce(0.0) { $0 + Double(Self.weights.scalars[Int($1)]) }
    #expect(abs(pass(model, 0..<3, Self.weights).loss.weight - expected) <= 1e-9 * expected)
    let own = PixelLoss(mean: loss.mean, counted: 7, correct: 1)
    #expect(own.weight == 7)
  }
}

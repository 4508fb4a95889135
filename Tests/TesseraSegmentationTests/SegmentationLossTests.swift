import Foundation
import TesseraAutograd
import TesseraImaging
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

@Suite struct SegmentationLossTests {
  static let words = [
    "cross-entropy", "focal=2", "focal=0.5", "ohem=0.2:0.1", "ohem=0.001:0.4", "boundary=10:1.5", "dice",
    "log-cosh-dice", "jaccard", "tversky=0.2:0.8", "focal-tversky=0.3:0.7:0.75", "focal-tversky=0.3:0.7:2", "lovasz",
  ]
  static let smoothed: Set = ["cross-entropy", "ohem=0.2:0.1", "ohem=0.001:0.4", "boundary=10:1.5"]
  static let (count, height, width, classes) = (2, 5, 6, 4)
  /// The last class has pixels nowhere but in one place, so that weights matter.
  static let weights: [Float] = [1, 2, 0.5, 4]

  let logits = Tensor.random([count, height, width, classes], seed: 4, in: -3..<3)

  static func masks(void: Int?, classes: Int = classes) -> MaskBatch {
    var random = RandomStream(seed: 8)
    let space = LabelSpace(names: (0..<classes).map { "class \($0)" }, void: void)
    let indices = (0..<count * height * width).map { pixel -> Int32 in
      if let void, pixel % 7 == 3 { return Int32(void) }
      if pixel == 5 { return 3 }
      // Regions rather than noise: boundaries have an inside.
      return Int32((pixel % width / 3 + pixel / width / 3 + (random.uniform() < 0.1 ? 1 : 0)) % 3)
    }
    return MaskBatch(indices: indices, count: count, height: height, width: width, labelSpace: space)
  }

  static func oracle(_ masks: MaskBatch, weighted: Bool, smoothing: Double = 0) -> LossOracle {
    LossOracle(
      labels: masks.indices, void: masks.labelSpace.void.map(Int32.init),
      weights: weighted ? weights.map(Double.init) : [1, 1, 1, 1], smoothing: smoothing, width: width, height: height)
  }

  @Test(arguments: words, [nil, 255, 2] as [Int?])
  func valueAndGradientAreThoseOfLoops(word: String, void: Int?) throws {
    let (loss, masks) = (try SegmentationLoss(parsing: word), Self.masks(void: void))
    for weighted in [false, true] {
      for smoothing in Self.smoothed.contains(word) ? [0, 0.1] : [0] {
        let oracle = Self.oracle(masks, weighted: weighted, smoothing: smoothing)
        let weights = weighted ? Tensor(Self.weights) : nil
        expectGradients(
          of: { loss($0[0], masks, classWeights: weights, labelSmoothing: Float(smoothing)).mean },
          match: { DoubleArray([oracle(word, $0[0])], shape: []) }, at: [logits],
          "\(word), void \(void.map(String.init) ?? "none"), weighted \(weighted), smoothing \(smoothing)")
      }
    }
  }

  @Test func aSumIsTheSumOfItsPartsWithTheirNames() throws {
    let masks = Self.masks(void: 255)
    let loss = try SegmentationLoss(parsing: "cross-entropy+0.5*dice+2*focal+0.25*lovasz+ohem=0.2:0.1")
    let oracle = Self.oracle(masks, weighted: true, smoothing: 0.1)
    let plain = Self.oracle(masks, weighted: true)
    expectGradients(
      of: { loss($0[0], masks, classWeights: Tensor(Self.weights), labelSmoothing: 0.1).mean },
      match: {
        let sum =
          oracle("cross-entropy", $0[0]) + 0.5 * plain("dice", $0[0]) + 2 * plain("focal=2", $0[0])
          + 0.25 * plain("lovasz", $0[0]) + oracle("ohem=0.2:0.1", $0[0])
        return DoubleArray([sum], shape: [])
      }, at: [logits], tolerance: 3e-5)
    let parts = loss(Variable(logits), masks).parts
    #expect(parts.keys.sorted() == ["cross-entropy", "dice", "focal", "lovasz", "ohem"])
    let dice = plainValue(.dice, masks)
    #expect(abs(try #require(parts["dice"]) - dice) < 1e-6)
    // Of one loss there is nothing to tell apart.
    #expect(SegmentationLoss.dice(Variable(logits), masks).parts.isEmpty)
  }

  private func plainValue(_ loss: SegmentationLoss, _ masks: MaskBatch) -> Float {
    loss(Variable(logits), masks).mean.value.item
  }

  @Test func crossEntropyAloneHasTheBitsOfTheFunction() throws {
    let masks = Self.masks(void: 255)
    func gradient(_ loss: (Variable) -> PixelLoss) throws -> Tensor {
      let tape = Tape()
      let variable = tape.variable(logits)
      return try #require(tape.gradients(of: loss(variable).mean)[variable])
    }
    let weights = Tensor(Self.weights)
    #expect(
      try gradient { SegmentationLoss.crossEntropy($0, masks, classWeights: weights, labelSmoothing: 0.1) }
        == gradient { crossEntropy($0, masks, classWeights: weights, labelSmoothing: 0.1) })
  }

  @Test(arguments: words)
  func voidPixelsHaveNoGradientAndCountNothing(word: String) throws {
    let loss = try SegmentationLoss(parsing: word)
    let masks = Self.masks(void: 255)
    let tape = Tape()
    let variable = tape.variable(logits)
    let result = loss(variable, masks)
    let entropy = crossEntropy(Variable(logits), masks)
    #expect(result.counted == entropy.counted && result.correct == entropy.correct)
    let gradient = try #require(tape.gradients(of: result.mean)[variable])
    for (pixel, label) in masks.indices.enumerated() where label == 255 {
      #expect(gradient.scalars[pixel * Self.classes..<(pixel + 1) * Self.classes].allSatisfy { $0 == 0 })
    }
    // A batch that is entirely void has a loss of 0 and nothing to learn.
    let nothing = MaskBatch(
      indices: [Int32](repeating: 255, count: masks.indices.count), count: Self.count, height: Self.height,
      width: Self.width, labelSpace: masks.labelSpace)
    let emptyTape = Tape()
    let input = emptyTape.variable(logits)
    let empty = loss(input, nothing)
    #expect(empty.mean.value.item == 0 && empty.counted == 0 && empty.weight == 0)
    #expect(try #require(emptyTape.gradients(of: empty.mean)[input]) == .zeros(logits.shape))
  }

  @Test(arguments: words)
  func aClassWithoutWeightIsLeftOut(word: String) throws {
    let loss = try SegmentationLoss(parsing: word)
    let masks = Self.masks(void: 255)
    var oracle = Self.oracle(masks, weighted: false)
    oracle = LossOracle(
      labels: oracle.labels, void: oracle.void, weights: [1, 0, 1, 1], width: Self.width, height: Self.height)
    let value = loss(Variable(logits), masks, classWeights: Tensor([1, 0, 1, 1])).mean.value.item
    #expect(abs(Double(value) - oracle(word, DoubleArray(logits))) < 1e-5)
  }

  /// More rows than a block has, many classes, and logits that are large.
  @Test(arguments: words + ["0.5*focal+cross-entropy+dice+lovasz"])
  func bitsDoNotDependOnThreads(word: String) throws {
    let loss = try SegmentationLoss(parsing: word)
    let classes = 37
    let space = LabelSpace(names: (0..<classes).map { "\($0)" }, void: 36)
    var random = RandomStream(seed: 2)
    let masks = MaskBatch(
      indices: (0..<2 * 70 * 70).map { _ in Int32(random.index(below: classes)) }, count: 2, height: 70, width: 70,
      labelSpace: space)
    let logits = Tensor.random([2, 70, 70, classes], seed: 6, in: -30..<30)
    expectSameBits(word) {
      let tape = Tape()
      let variable = tape.variable(logits)
      let mean = loss(variable, masks).mean
      return [mean.value] + [tape.gradients(of: mean)[variable]].compactMap(\.self)
    }
    let value = loss(Variable(logits), masks).mean.value.item
    #expect(value.isFinite && value > 0)
  }

  @Test(arguments: words)
  func aLogitThatIsNoNumberShowsInTheLoss(word: String) throws {
    let loss = try SegmentationLoss(parsing: word)
    for value in [Float.nan, .infinity] {
      var broken = logits
      broken[0, 1, 1, 2] = value
      #expect(!loss(Variable(broken), Self.masks(void: 255)).mean.value.item.isFinite, "\(value)")
    }
  }

  /// Means over pixels of several batches add up to that of all, weighted by what they were divided by.
  @Test(arguments: ["focal=2", "boundary=10:1.5", "2*focal=0.5"])
  func meansOverPixelsAddUp(word: String) throws {
    let (loss, masks) = (try SegmentationLoss(parsing: word), Self.masks(void: 255))
    let weights = Tensor(Self.weights)
    let whole = loss(Variable(logits), masks, classWeights: weights)
    var (sum, total) = (0.0, 0.0)
    for picture in 0..<Self.count {
      let pixels = Self.height * Self.width
      let part = MaskBatch(
        indices: Array(masks.indices[picture * pixels..<(picture + 1) * pixels]), count: 1, height: Self.height,
        width: Self.width, labelSpace: masks.labelSpace)
      let result = loss(
        Variable(logits.sliced(picture..<picture + 1, along: 0)), part, classWeights: weights)
      sum += Double(result.mean.value.item) * result.weight
      total += result.weight
    }
    #expect(abs(total - whole.weight) < 1e-4 * total)
    #expect(abs(sum / total - Double(whole.mean.value.item)) < 1e-5)
    // Others are weighted by their pixels.
    let region = SegmentationLoss.dice(Variable(logits), masks)
    #expect(region.weight == Double(region.counted))
  }

  @Test func aLossOfOnesOwnIsAddedToOthers() {
    let masks = Self.masks(void: 255)
    let own = SegmentationLoss("mean-error") { logits, masks, _ in
      let counted = Float(masks.countedPixels)
      return (counted - (trueLogProbabilities(logits, masks).exponential() * Variable(masks.weights())).sum()) / counted
    }
    let loss = 0.5 * own + .dice
    #expect(loss.rawValue == "0.5*mean-error+dice" && loss != own + .dice)
    let oracle = Self.oracle(masks, weighted: false)
    expectGradients(
      of: { loss($0[0], masks).mean },
      match: {
        let p = Oracle.softmax($0[0]).scalars
        let counted = masks.indices.indices.filter { masks.indices[$0] != 255 }
        let right = counted.reduce(0) { $0 + p[$1 * Self.classes + Int(masks.indices[$1])] }
        return DoubleArray([0.5 * (1 - right / Double(counted.count)) + oracle("dice", $0[0])], shape: [])
      }, at: [logits])
    #expect(own(Variable(logits), masks).counted == masks.countedPixels)
  }

  @Test func logitsOfAnotherSizeStopWithTheNameOfTheLoss() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let space = LabelSpace(names: ["a", "b"], void: nil)
      let masks = MaskBatch([Mask(width: 2, height: 1, indices: [0, 1], labelSpace: space)])
      _ = SegmentationLoss.dice(Variable(.zeros([1, 2, 1, 2])), masks)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("dice: masks [1, 1, 2] need logits of that size and one channel per class; got [1, 2, 1, 2]"))
  }
}

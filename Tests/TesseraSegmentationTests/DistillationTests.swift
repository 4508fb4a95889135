import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraImaging
import TesseraKernels
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

/// The loss of a network that learns from another one's logits.
@Suite struct DistillationTests {
  private static let classes = SegmentationLossTests.classes
  private static let shape = Shape([
    SegmentationLossTests.count, SegmentationLossTests.height, SegmentationLossTests.width, classes,
  ])
  private let logits = Tensor.random(shape, seed: 4, in: -3..<3)
  private let theirs = Tensor.random(shape, seed: 14, in: -4..<4)

  /// t^2 KL(teacher || network), the weighted mean over counted pixels, from its definition.
  private static func divergence(
    _ logits: DoubleArray, _ teacher: [[Double]], _ masks: MaskBatch, weights: [Double], temperature: Double
  ) -> Double {
    func softmax(_ row: ArraySlice<Double>) -> [Double] {
      let powers = row.map { exp($0 / temperature) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
    let (labels, void) = masks.targets
    var (sum, total) = (0.0, 0.0)
    for pixel in labels.indices where labels[pixel] != void {
      let own = softmax(logits.scalars[pixel * classes..<(pixel + 1) * classes])
      let other = softmax(teacher[pixel][...])
      let weight = weights[Int(labels[pixel])]
      total += weight
      for (p, q) in zip(other, own) where p > 0 { sum += weight * p * log(p / q) }
    }
    return temperature * temperature * sum / total
  }

  private func rows(_ tensor: Tensor, width: Int, _ row: ([Double]) -> [Double] = { $0 }) -> [[Double]] {
    stride(from: 0, to: tensor.count, by: width).map { start in
      row(tensor.scalars[start..<start + width].map(Double.init))
    }
  }

  @Test(
    arguments: ["cross-entropy", "dice", "boundary=10:1.5", "cross-entropy+0.5*lovasz"],
    [(0.5, 2), (1, 1), (0.2, 7)] as [(Double, Double)])
  func valueAndGradientAreThoseOfLoops(word: String, setting: (Double, Double)) throws {
    let (share, temperature) = setting
    let loss = try SegmentationLoss(parsing: word)
    for void in [nil, 255, 2] as [Int?] {
      let masks = SegmentationLossTests.masks(void: void)
      for weighted in [false, true] {
        let oracle = SegmentationLossTests.oracle(masks, weighted: weighted)
        let lesson = TeacherLogits(theirs, weight: Float(share), temperature: Float(temperature))
        expectGradients(
          of: {
            loss($0[0], masks, classWeights: weighted ? Tensor(SegmentationLossTests.weights) : nil, teacher: lesson)
              .mean
          },
          match: { input in
            let hard =
              word == "cross-entropy+0.5*lovasz"
              ? oracle("cross-entropy", input[0]) + 0.5 * oracle("lovasz", input[0]) : oracle(word, input[0])
            let soft = Self.divergence(
              input[0], rows(theirs, width: Self.classes), masks, weights: oracle.weights, temperature: temperature)
            return DoubleArray([(1 - share) * hard + share * soft], shape: [])
          }, at: [logits], "\(word), void \(void.map(String.init) ?? "none"), weighted \(weighted)")
      }
    }
  }

  /// Of seven outputs the teacher has three of the network's four, in another order.
  @Test func outputsAreMapped() {
    let masks = SegmentationLossTests.masks(void: 3)
    let wide = Tensor.random([2, 5, 6, 7], seed: 3, in: -4..<4)
    let lesson = TeacherLogits(wide, outputs: [5, 0, 2, nil], weight: 0.7, temperature: 3)
    let oracle = SegmentationLossTests.oracle(masks, weighted: true)
    let teacher = rows(wide, width: 7) { [$0[5], $0[0], $0[2], -Double.infinity] }
    expectGradients(
      of: {
        SegmentationLoss.crossEntropy(
          $0[0], masks, classWeights: Tensor(SegmentationLossTests.weights), teacher: lesson
        ).mean
      },
      match: {
        let soft = Self.divergence($0[0], teacher, masks, weights: oracle.weights, temperature: 3)
        return DoubleArray([0.3 * oracle("cross-entropy", $0[0]) + 0.7 * soft], shape: [])
      }, at: [logits])
  }

  /// As PyTorch computes them (`scripts/golden/distillation.py`).
  @Test func lossAndGradientAreThoseOfPyTorch() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/distillation.safetensors").path
    let file = try SafeTensors(contentsOf: path)
    struct Settings: Decodable {
      let void: Int?
      let weighted: Bool
      let weight, temperature: Float
    }
    let cases = try JSONDecoder().decode([String: Settings].self, from: Data(#require(file.metadata["cases"]).utf8))
    #expect(cases.count == 6)
    for (name, settings) in cases {
      func tensor(_ array: String) throws -> Tensor { try file.tensor("\(name)/\(array)") }
      let (logits, labels) = (try tensor("logits"), try tensor("labels"))
      let masks = MaskBatch(
        indices: labels.scalars.map { Int32($0) }, count: labels.shape[0], height: labels.shape[1],
        width: labels.shape[2],
        labelSpace: LabelSpace(names: (0..<logits.shape[-1]).map { "class \($0)" }, void: settings.void))
      let tape = Tape()
      let variable = tape.variable(logits)
      let loss = SegmentationLoss.crossEntropy(
        variable, masks, classWeights: settings.weighted ? try tensor("weights") : nil,
        teacher: TeacherLogits(
          try tensor("teacher"), weight: settings.weight, temperature: settings.temperature))
      expectClose(loss.mean.value.reshaped(to: [1]), try tensor("loss"), tolerance: 2e-6, "\(name) loss")
      let gradient = try #require(tape.gradients(of: loss.mean)[variable])
      expectClose(gradient, try tensor("gradient"), tolerance: 1e-5, "\(name) gradient")
    }
  }

  @Test func voidPixelsTeachNothing() throws {
    let masks = SegmentationLossTests.masks(void: 255)
    let lesson = TeacherLogits(theirs)
    func gradient(_ masks: MaskBatch, _ lesson: TeacherLogits) throws -> (PixelLoss, Tensor) {
      let tape = Tape()
      let variable = tape.variable(logits)
      let loss = SegmentationLoss.crossEntropy(variable, masks, teacher: lesson)
      return (loss, try #require(tape.gradients(of: loss.mean)[variable]))
    }
    let (loss, found) = try gradient(masks, lesson)
    #expect(loss.counted == masks.countedPixels && loss.weight == Double(loss.counted))
    var broken = theirs
    for (pixel, label) in masks.indices.enumerated() where label == 255 {
      for place in pixel * Self.classes..<(pixel + 1) * Self.classes {
        #expect(found.scalars[place] == 0)
        broken.withUnsafeMutableBufferPointer { $0[place] = .nan }
      }
    }
    #expect(try gradient(masks, TeacherLogits(broken)).1 == found)
    let nothing = MaskBatch(
      indices: [Int32](repeating: 255, count: masks.indices.count), count: 2, height: 5, width: 6,
      labelSpace: masks.labelSpace)
    let (empty, zeros) = try gradient(nothing, lesson)
    #expect(empty.mean.value.item == 0 && empty.counted == 0 && empty.weight == 0 && zeros == .zeros(logits.shape))
  }

  @Test func whoAgreesWithTheTeacherLearnsFromMasksAlone() throws {
    let masks = SegmentationLossTests.masks(void: 255)
    func gradient(_ loss: (Variable) -> PixelLoss) throws -> (PixelLoss, Tensor) {
      let tape = Tape()
      let variable = tape.variable(logits)
      let result = loss(variable)
      return (result, try #require(tape.gradients(of: result.mean)[variable]))
    }
    let (plain, expected) = try gradient { SegmentationLoss.dice($0, masks) }
    // What a softmax does not see: the same number added to all logits.
    let raised = Tensor(logits.scalars.map { $0 + 5 }, shape: logits.shape)
    let (taught, found) = try gradient {
      SegmentationLoss.dice($0, masks, teacher: TeacherLogits(raised, weight: 0.25, temperature: 3))
    }
    expectClose(found, expected * Float(0.75), tolerance: 1e-5, "gradient")
    #expect(abs(taught.mean.value.item - 0.75 * plain.mean.value.item) < 1e-5)
    #expect(taught.parts.keys.sorted() == ["dice", "teacher"])
    #expect(abs(try #require(taught.parts["teacher"])) < 1e-5 && taught.parts["dice"] == plain.mean.value.item)
  }

  @Test func aLossOfOnesOwnLeavesTheTeacherItsShare() {
    let masks = SegmentationLossTests.masks(void: 255)
    let own = SegmentationLoss("mean-error") { logits, masks, _ in
      let counted = Float(masks.countedPixels)
      return (counted - (trueLogProbabilities(logits, masks).exponential() * Variable(masks.weights())).sum()) / counted
    }
    let plain = own(Variable(logits), masks).mean.value.item
    let soft = SegmentationLoss.crossEntropy(Variable(logits), masks, teacher: TeacherLogits(theirs, weight: 1))
    let both = own(Variable(logits), masks, teacher: TeacherLogits(theirs, weight: 0.3))
    #expect(abs(both.mean.value.item - 0.7 * plain - 0.3 * soft.mean.value.item) < 1e-5)
  }

  /// More rows than a block has, many classes, and logits that are large.
  @Test func bitsDoNotDependOnThreads() {
    let classes = 37
    var random = RandomStream(seed: 2)
    let masks = MaskBatch(
      indices: (0..<2 * 70 * 70).map { _ in Int32(random.index(below: classes)) }, count: 2, height: 70, width: 70,
      labelSpace: LabelSpace(names: (0..<classes).map { "\($0)" }, void: 36))
    let logits = Tensor.random([2, 70, 70, classes], seed: 6, in: -30..<30)
    let lesson = TeacherLogits(
      Tensor.random([2, 70, 70, classes + 2], seed: 7, in: -30..<30),
      outputs: (0..<classes).map { $0 < 36 ? $0 + 1 : nil })
    expectSameBits("distillation") {
      let tape = Tape()
      let variable = tape.variable(logits)
      let mean = SegmentationLoss.crossEntropy(variable, masks, teacher: lesson).mean
      return [mean.value] + [tape.gradients(of: mean)[variable]].compactMap(\.self)
    }
    let value = SegmentationLoss.crossEntropy(Variable(logits), masks, teacher: lesson).mean.value.item
    #expect(value.isFinite && value > 0)
  }

  @Test func aNumberThatIsNoneShowsInTheLoss() {
    for value in [Float.nan, .infinity] {
      var broken = theirs
      broken[0, 1, 1, 2] = value
      let loss = SegmentationLoss.crossEntropy(
        Variable(logits), SegmentationLossTests.masks(void: 255), teacher: TeacherLogits(broken))
      #expect(!loss.mean.value.item.isFinite, "\(value)")
    }
  }

  @Test(arguments: ["cross-entropy", "focal=2"]) func meansOverPixelsAddUp(word: String) throws {
    let (loss, masks) = (try SegmentationLoss(parsing: word), SegmentationLossTests.masks(void: 255))
    let weights = Tensor(SegmentationLossTests.weights)
    let whole = loss(Variable(logits), masks, classWeights: weights, teacher: TeacherLogits(theirs))
    var (sum, total) = (0.0, 0.0)
    for picture in 0..<2 {
      let part = MaskBatch(
        indices: Array(masks.indices[picture * 30..<(picture + 1) * 30]), count: 1, height: 5, width: 6,
        labelSpace: masks.labelSpace)
      let range = picture..<picture + 1
      let result = loss(
        Variable(logits.sliced(range, along: 0)), part, classWeights: weights,
        teacher: TeacherLogits(theirs.sliced(range, along: 0)))
      sum += Double(result.mean.value.item) * result.weight
      total += result.weight
    }
    #expect(abs(sum / total - Double(whole.mean.value.item)) < 1e-5)
    #expect(loss.addsUpOverBatches(withTeacher: true))
  }

  @Test func onlyLossesWithTheWeightsOfPixelsAddUpWithATeacher() {
    #expect(SegmentationLoss.boundaryWeighted().addsUpOverBatches)
    #expect(!SegmentationLoss.boundaryWeighted().addsUpOverBatches(withTeacher: true))
    #expect(!SegmentationLoss.dice.addsUpOverBatches(withTeacher: true))
  }

  @Test func logitsOfAnotherSizeStop() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let space = LabelSpace(names: ["a", "b"], void: nil)
      let masks = MaskBatch([Mask(width: 2, height: 1, indices: [0, 1], labelSpace: space)])
      _ = SegmentationLoss.dice(
        Variable(.zeros([1, 1, 2, 2])), masks, teacher: TeacherLogits(.zeros([1, 1, 2, 3])))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("distillation: logits [1, 1, 2, 2] need a teacher's logits of that size"), "\(text)")
  }
}

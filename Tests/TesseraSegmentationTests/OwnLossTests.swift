import Foundation
import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

/// Losses as a user writes them, compared with loops over `Double`.
@Suite struct OwnLossTests {
  static let classes = 4
  static let labels: [Int32] = [0, 3, 255, 1, 2, 2, 255, 0, 1, 1, 3, 0]
  static let masks = MaskBatch(
    indices: labels, count: 2, height: 2, width: 3,
    labelSpace: LabelSpace(names: ["a", "b", "c", "d"], void: 255))
  let logits = Tensor.random([2, 2, 3, 4], seed: 4, in: -3..<3)

  /// Lin et al. 2017, arXiv:1708.02002.
  static func focalLoss(_ logits: Variable, _ masks: MaskBatch, gamma: Float) -> PixelLoss {
    let logProbability = trueLogProbabilities(logits, masks)
    let losses = -((1 - logProbability.exponential()).power(gamma) * logProbability)
    return PixelLoss(mean: losses.sum() / Float(max(1, masks.countedPixels)), logits: logits, masks: masks)
  }

  /// Milletari et al. 2016, arXiv:1606.04797.
  static func diceLoss(_ logits: Variable, _ masks: MaskBatch) -> PixelLoss {
    let truth = Variable(masks.oneHot(classes: logits.shape[-1]))
    let probabilities = softmax(logits) * Variable(masks.weights())
    let overlap = (probabilities * truth).sum(along: [0, 1, 2])
    let total = (probabilities + truth).sum(along: [0, 1, 2])
    return PixelLoss(mean: 1 - ((overlap * 2 + 1) / (total + 1)).mean(), logits: logits, masks: masks)
  }

  @Test(arguments: [2, 1.5] as [Float])
  func focalLossIsThatOfLoops(gamma: Float) {
    expectGradients(
      of: { Self.focalLoss($0[0], Self.masks, gamma: gamma).mean },
      match: { inputs in
        let probabilities = Oracle.softmax(inputs[0]).scalars
        var sum = 0.0
        for (pixel, label) in Self.labels.enumerated() where label != 255 {
          let p = probabilities[pixel * Self.classes + Int(label)]
          sum -= pow(1 - p, Double(gamma)) * log(p)
        }
        return DoubleArray([sum / 10], shape: [])
      }, at: [logits])
  }

  @Test func diceLossIsThatOfLoops() {
    expectGradients(
      of: { Self.diceLoss($0[0], Self.masks).mean },
      match: { inputs in
        let probabilities = Oracle.softmax(inputs[0]).scalars
        var sum = 0.0
        for index in 0..<Self.classes {
          var (overlap, total) = (0.0, 0.0)
          for (pixel, label) in Self.labels.enumerated() where label != 255 {
            let (p, t) = (probabilities[pixel * Self.classes + index], Int(label) == index ? 1.0 : 0)
            overlap += p * t
            total += p + t
          }
          sum += (2 * overlap + 1) / (total + 1)
        }
        return DoubleArray([1 - sum / Double(Self.classes)], shape: [])
      }, at: [logits])
  }

  @Test func trueLogProbabilitiesMakeTheCrossEntropy() {
    let entropy = crossEntropy(Variable(logits), Self.masks)
    let mean = -trueLogProbabilities(Variable(logits), Self.masks).sum() / Float(Self.masks.countedPixels)
    expectClose(mean.value, entropy.mean.value, tolerance: 1e-6)
    let weights = Tensor([1, 2, 0.5, 4])
    let weighted = crossEntropy(Variable(logits), Self.masks, classWeights: weights)
    let pixelWeights = Self.masks.weights(weights)
    let losses = trueLogProbabilities(Variable(logits), Self.masks) * Variable(-pixelWeights)
    expectClose(losses.sum().value * (1 / pixelWeights.sum().item), weighted.mean.value, tolerance: 1e-6)
  }

  @Test func aLossOfOnesOwnCountsItsPixels() {
    let entropy = crossEntropy(Variable(logits), Self.masks)
    let own = Self.focalLoss(Variable(logits), Self.masks, gamma: 2)
    #expect(own.counted == 10 && own.correct == entropy.correct && own.weight == 10)
    #expect(own.correct > 0 && own.correct < 10)
  }

  @Test func masksWithoutACountedPixelGiveZeroAndNoGradient() throws {
    let space = LabelSpace(names: ["a", "b"], void: 255)
    let masks = MaskBatch(indices: [255, 255], count: 1, height: 1, width: 2, labelSpace: space)
    let tape = Tape()
    let variable = tape.variable(.random([1, 1, 2, 2]))
    let loss = Self.focalLoss(variable, masks, gamma: 2)
    #expect(loss.mean.value.item == 0 && loss.counted == 0 && loss.correct == 0)
    #expect(try #require(tape.gradients(of: loss.mean)[variable]) == .zeros([1, 1, 2, 2]))
  }
}

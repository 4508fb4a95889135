import Tessera

/// Cross-entropy plus soft Dice (Milletari et al. 2016, arXiv:1606.04797), which weighs each class equally however few
/// pixels it has.
func crossEntropyAndDice(_ logits: Variable, _ masks: MaskBatch) -> PixelLoss {
  let entropy = crossEntropy(logits, masks)
  let truth = Variable(oneHot(masks, classes: logits.shape[-1]))
  let probabilities = softmax(logits) * Variable(counted(masks))
  let pixels = [0, 1, 2]
  let overlap = (probabilities * truth).sum(along: pixels)
  let total = probabilities.sum(along: pixels) + truth.sum(along: pixels)
  let dice = (overlap * 2 + 1) / (total + 1)
  // The numbers for the progress report stay those of the cross-entropy.
  return PixelLoss(
    mean: entropy.mean + (1 - dice.mean()), counted: entropy.counted, correct: entropy.correct, weight: entropy.weight)
}

/// 1 at each pixel's class, `[batch, height, width, classes]`; void pixels have none.
func oneHot(_ masks: MaskBatch, classes: Int) -> Tensor {
  var scalars = [Float](repeating: 0, count: masks.indices.count * classes)
  for (pixel, index) in masks.indices.enumerated() where Int(index) != masks.labelSpace.void {
    scalars[pixel * classes + Int(index)] = 1
  }
  return Tensor(scalars, shape: [masks.count, masks.height, masks.width, classes])
}

/// 0 at void pixels and 1 elsewhere, `[batch, height, width, 1]`.
func counted(_ masks: MaskBatch) -> Tensor {
  let scalars = masks.indices.map { Int($0) == masks.labelSpace.void ? Float(0) : 1 }
  return Tensor(scalars, shape: [masks.count, masks.height, masks.width, 1])
}

let scenes = SyntheticScenes(count: 120, width: 64, height: 64, outlines: 255)
let model = UNet(.init(classes: scenes.labelSpace.count, width: 4), random: RandomStream(seed: 1))
let trainer = Trainer(
  model, optimizer: Adam(for: model), schedule: .constant(0.003), loss: crossEntropyAndDice,
  observers: [ProgressBar()])
let outcome = try await trainer.fit(
  DataLoader(scenes, batchSize: 4, imageSize: 64, augmentation: .flip), epochs: 3)
for report in outcome.reports { print("epoch \(report.epoch): loss \(report.loss), accuracy \(report.accuracy)") }

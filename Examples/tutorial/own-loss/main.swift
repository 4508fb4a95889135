import Tessera

/// Cross-entropy plus soft Dice (Milletari et al. 2016, arXiv:1606.04797), which weighs each class equally however few
/// pixels it has.
func crossEntropyAndDice(_ logits: Variable, _ masks: MaskBatch) -> PixelLoss {
  let entropy = crossEntropy(logits, masks)
  // Void pixels are 0 in both.
  let truth = Variable(masks.oneHot(classes: logits.shape[-1]))
  let probabilities = softmax(logits) * Variable(masks.weights())
  let pixels = [0, 1, 2]
  let overlap = (probabilities * truth).sum(along: pixels)
  let total = probabilities.sum(along: pixels) + truth.sum(along: pixels)
  let dice = 1 - ((overlap * 2 + 1) / (total + 1)).mean()
  var loss = PixelLoss(
    mean: entropy.mean + dice, counted: entropy.counted, correct: entropy.correct, weight: entropy.weight)
  // Progress and metrics.jsonl show them by name.
  loss.parts = ["entropy": entropy.mean.value.item, "dice": dice.value.item]
  return loss
}

let scenes = SyntheticScenes(count: 120, width: 64, height: 64, outlines: 255)
let model = UNet(.init(classes: scenes.labelSpace.count, width: 4), random: RandomStream(seed: 1))
let trainer = Trainer(
  model, optimizer: Adam(for: model), schedule: .constant(0.003), loss: crossEntropyAndDice,
  observers: [ProgressBar()])
let outcome = try await trainer.fit(
  DataLoader(scenes, batchSize: 4, imageSize: 64, augmentation: .flip), epochs: 3)
for report in outcome.reports { print("epoch \(report.epoch): loss \(report.loss), accuracy \(report.accuracy)") }

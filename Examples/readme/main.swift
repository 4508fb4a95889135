import Tessera

// A U-Net for the ten classes of the built-in scenes, whose outlines are void; narrow enough to learn in a minute.
let scenes = SyntheticScenes(count: 200, width: 64, height: 64, outlines: 255)
let random = RandomStream(seed: 1)
let model = UNet(.init(classes: scenes.labelSpace.count, width: 8), random: random)
let optimizer = Adam(for: model)
let loader = DataLoader(scenes, batchSize: 8, imageSize: 64, augmentation: .flip, steps: 100)

var step = 0
for try await batch in loader.epoch(0) {
  let tape = Tape(random: random.derived("step", step))
  let loss = crossEntropy(model.logits(of: batch.images, on: tape), batch.masks)
  optimizer.update(along: tape.gradients(of: loss.mean), rate: 0.001)
  step += 1
  if step % 20 == 0 { print("step \(step): loss \(loss.mean.value.item), accuracy \(loss.accuracy)") }
}

let picture = scenes.sample(at: 0).image
let mask = Predictor(model: model, labelSpace: scenes.labelSpace, imageSize: 64).mask(for: picture)
try mask.overlaid(on: picture).write(to: "overlay.png")

import Tessera

// Drawn streets with masks: 120 to learn from, 20 to measure on. Nothing has to be downloaded. Where two classes meet,
// pixels are void (255), as in masks that people draw: they are neither learned from nor measured.
let training = SyntheticScenes(count: 120, width: 64, height: 64, seed: 1, outlines: 255)
let validation = SyntheticScenes(count: 20, width: 64, height: 64, seed: 2, outlines: 255)

// A narrow U-Net: an eighth of the paper's channels, so it learns in seconds.
let model = UNet(.init(classes: training.labelSpace.count, width: 8), random: RandomStream(seed: 1))

let folder = "first-training"
let trainer = Trainer(
  model,
  optimizer: Adam(for: model),
  schedule: .cosine(from: 0.003, to: 0.0001, over: 6 * 30),
  observers: [
    ProgressBar(),
    try PredictionPictures(in: folder + "/predictions"),
    try CheckpointKeeper(in: folder, labelSpace: training.labelSpace, imageSize: 64),
  ])
let outcome = try await trainer.fit(
  DataLoader(training, batchSize: 4, imageSize: 64, augmentation: .flip),
  validatingOn: DataLoader(validation, batchSize: 4, imageSize: 64, shuffles: false),
  epochs: 6)

for report in outcome.reports {
  print("epoch \(report.epoch): loss \(report.loss), mean IoU \(report.validation?.metrics.meanIoU ?? 0)")
}

// The best epoch's weights know their classes and their preprocessing.
let predictor = try Predictor(checkpoint: folder + "/best.safetensors")
let picture = validation.sample(at: 0).image
try predictor.mask(for: picture).overlaid(on: picture).write(to: folder + "/overlay.png")

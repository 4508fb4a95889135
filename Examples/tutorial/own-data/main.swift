import Foundation
import Tessera

// The folder given as an argument, or one drawn here in the same layout:
//   my-pictures/images/street-0.png    what is seen
//   my-pictures/masks/street-0.png     the class of each pixel, one channel of indices
//   my-pictures/classes.txt            one name per line; line 1 is index 0
let folder = CommandLine.arguments.dropFirst().first ?? "my-pictures"
if !FileManager.default.fileExists(atPath: folder) { try drawDataset(in: folder) }

// Reading the folder finds missing partners and damaged names; nothing is decoded yet.
let data = try DatasetFolder(at: folder)
let training = try data.dataset(.training)
let validation = try data.dataset(.validation)
print("\(training.count) pictures to learn from, \(validation.count) to measure on")

// A look at all masks: values that no class has are errors here, not hours later. Void (255) has a share too.
for (index, share) in try DatasetSurvey(of: training).shares.sorted(by: { $0.key < $1.key }) {
  let name = training.labelSpace.name(of: index)
  print(name.padding(toLength: 12, withPad: " ", startingAt: 0) + String(format: "%5.1f %%", 100 * share))
}

// One epoch is enough to see that everything fits together.
let model = UNet(.init(classes: training.labelSpace.count, width: 4), random: RandomStream(seed: 1))
let trainer = Trainer(model, optimizer: Adam(for: model), schedule: .constant(0.001), observers: [ProgressBar()])
let outcome = try await trainer.fit(
  DataLoader(training, batchSize: 4, imageSize: 64, augmentation: .standard),
  validatingOn: DataLoader(validation, batchSize: 4, imageSize: 64, shuffles: false),
  epochs: 1)
if let metrics = outcome.reports.last?.validation?.metrics {
  print("pixel accuracy \(metrics.pixelAccuracy), mean IoU \(metrics.meanIoU)")
}

func drawDataset(in folder: String) throws {
  let scenes = SyntheticScenes(count: 24, width: 96, height: 64, outlines: 255)
  for kind in ["images", "masks"] {
    try FileManager.default.createDirectory(atPath: "\(folder)/\(kind)", withIntermediateDirectories: true)
  }
  for index in 0..<scenes.count {
    let sample = scenes.sample(at: index)
    try sample.image.write(to: "\(folder)/images/street-\(index).png")
    try sample.mask.write(to: "\(folder)/masks/street-\(index).png")
  }
  let names = scenes.labelSpace.classes.map(\.name).joined(separator: "\n")
  try Data(names.utf8).write(to: URL(fileURLWithPath: "\(folder)/classes.txt"))
}

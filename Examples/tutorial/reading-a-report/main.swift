import Tessera
import TesseraReports

// A short run that keeps a record: a line per step, a line per epoch, the classes' scores, and their page.
let folder = "reading-a-report"
let scenes = SyntheticScenes(count: 120, width: 64, height: 64, seed: 1, outlines: 255)
let validation = SyntheticScenes(count: 12, width: 64, height: 64, seed: 2, outlines: 255)
let model = UNet(.init(classes: scenes.labelSpace.count, width: 4), random: RandomStream(seed: 1))
try RunDescription(
  of: model, labelSpace: scenes.labelSpace, imageSize: 64,
  settings: ["optimizer": "adam", "learningRate": 0.003, "batchSize": 4, "purpose": "a first look"]
).write(toRun: folder)
let trainer = Trainer(
  model, optimizer: Adam(for: model), schedule: .constant(0.003),
  observers: [
    ProgressBar(),
    try MetricsLog(path: folder + "/metrics.jsonl"),
    try ValidationLog(path: folder + "/validation.jsonl", labelSpace: scenes.labelSpace),
    RunReport(in: folder, labelSpace: scenes.labelSpace),
  ])
_ = try await trainer.fit(
  DataLoader(scenes, batchSize: 4, imageSize: 64, augmentation: .flip),
  validatingOn: DataLoader(validation, batchSize: 4, imageSize: 64, shuffles: false),
  epochs: 4)

// A program can read the same record.
let run = try RunRecord(contentsOf: folder)
for epoch in run.epochs {
  print("epoch \(epoch.epoch): loss \(epoch.loss ?? 0), validation loss \(epoch.validationLoss ?? 0)")
}
if let last = run.validations.last {
  let worst = last.occurring.sorted { $0.iou < $1.iou }.prefix(3)
  print("worst classes: \(worst.map { "\($0.name) \(Int($0.iou * 100)) %" }.joined(separator: ", "))")
  if let mistake = last.confusions.first {
    let (truth, taken) = (scenes.labelSpace.name(of: mistake.truth), scenes.labelSpace.name(of: mistake.prediction))
    print("most often wrong: \(truth) taken for \(taken)")
  }
}
let waiting = run.steps.compactMap(\.dataSeconds).reduce(0, +) / run.steps.compactMap(\.seconds).reduce(0, +)
print("waiting for data: \(Int(waiting * 100)) % of the steps' time")
print("open \(folder)/report.html")

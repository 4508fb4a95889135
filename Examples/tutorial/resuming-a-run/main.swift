import Foundation
import Tessera
import TesseraCommandLine

/// Trains until it is done or stopped; started again, it continues where it was.
func train() async throws {
  let folder = "resuming-a-run"
  let scenes = SyntheticScenes(count: 80, width: 64, height: 64, seed: 1, outlines: 255)
  let validation = SyntheticScenes(count: 8, width: 64, height: 64, seed: 2, outlines: 255)
  let random = RandomStream(seed: 3)
  let model = UNet(.init(classes: scenes.labelSpace.count, width: 4, dropout: 0.2), random: random)

  // What an earlier process has left: the newest intact checkpoint, whose weights the model gets.
  let newest = try RunCheckpoints.newest(in: folder + "/checkpoints")
  var snapshot = try newest.map { try TrainingSnapshot(contentsOf: $0.path, into: model) }
  print(snapshot.map { "continuing after step \($0.position.step)" } ?? "a new run")

  // Everything else is set up as it was; moments, counts and the log's lines come from the snapshot.
  let keeper = try CheckpointKeeper(
    in: folder + "/checkpoints", labelSpace: scenes.labelSpace, imageSize: 64, savingEvery: .seconds(300))
  let epochs = 4
  let trainer = Trainer(
    model, optimizer: Adam(for: model), schedule: .cosine(from: 0.003, over: 20 * epochs), random: random,
    observers: [ProgressBar(), try MetricsLog(path: folder + "/metrics.jsonl"), keeper])

  // Control-C cancels the training, which saves its state after the step and throws a CancellationError.
  try await interruptible {
    do {
      let outcome = try await trainer.fit(
        DataLoader(scenes, batchSize: 4, imageSize: 64, augmentation: .flip),
        validatingOn: DataLoader(validation, batchSize: 4, imageSize: 64, shuffles: false),
        epochs: epochs, resuming: snapshot.take())
      print("finished after step \(outcome.steps)")
    } catch is CancellationError {
      print("stopped after step \(keeper.savedStep ?? 0); start the program again to continue")
      exit(130)
    }
  }
}

try await train()

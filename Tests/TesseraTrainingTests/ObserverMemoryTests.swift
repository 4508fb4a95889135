import TesseraDatasets
import TesseraOptimizers
import TesseraTensors
import TesseraTraining
import Testing

/// What observers remember may be a log as long as the run.
@Suite struct ObserverMemoryTests {
  private final class Remembering: TrainingObserver {
    private(set) var reads = 0
    private(set) var restored: [UInt8]?

    var memory: (name: String, bytes: () throws -> [UInt8])? {
      (
        "own",
        { [self] in
          reads += 1
          return [7]
        }
      )
    }

    func resume(from memory: [UInt8]) { restored = memory }
  }

  @Test func aRunThatGoesOnAsksForNamesAndNotForBytes() async throws {
    try await withTemporaryFolder { folder in
      let scenes = tinyScenes(4)
      let data = DataLoader(scenes, batchSize: 2, imageSize: 16, steps: 1)
      func fit(_ observers: [any TrainingObserver], resuming path: String?) async throws {
        let model = tinyNetwork()
        let trainer = Trainer(
          model, optimizer: SGD(for: model), schedule: .constant(0.01), random: RandomStream(seed: 2),
          observers: observers)
        try await trainer.fit(
          data, epochs: path == nil ? 1 : 2, resuming: try path.map { try TrainingSnapshot(contentsOf: $0, into: model) })
      }
      let first = Remembering()
      let keeper = try CheckpointKeeper(in: folder, labelSpace: scenes.labelSpace, imageSize: 16)
      try await fit([first, keeper], resuming: nil)
      #expect(first.reads > 0 && first.restored == nil)
      let second = Remembering()
      try await fit([second], resuming: keeper.lastPath)
      #expect(second.reads == 0 && second.restored == [7])
    }
  }
}

import Foundation
import TesseraDatasets
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct CheckpointKeeperTests {
  private func keeper(in folder: String, best count: Int) throws -> CheckpointKeeper {
    try CheckpointKeeper(in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16, keepingBest: count)
  }

  private func plan(after completed: [EpochReport]) -> TrainingPlan {
    TrainingPlan(epochs: 9, stepsPerEpoch: 3, completed: completed)
  }

  /// Which epoch the best weights are of.
  private func bestEpoch(in folder: String) throws -> String? {
    try SegmentationCheckpoint(contentsOf: folder + "/best.safetensors").notes["epoch"]
  }

  /// Ends epochs with models that differ, and returns whose weights `best` holds, with its notes and all files.
  private func kept(
    _ reports: [EpochReport], best count: Int = 1, afterwards: [EpochReport] = []
  ) async throws -> (best: Int?, notes: [String: String], files: [String: Int?]) {
    try await withTemporaryFolder { folder in
      let models = (reports + afterwards).indices.map { tinyNetwork(seed: UInt64($0)) }
      func owner(_ path: String) throws -> Int? {
        let checkpoint = try SegmentationCheckpoint(contentsOf: path)
        return models.firstIndex { $0.parameters.map(\.value) == checkpoint.model.parameters.map(\.value) }
      }
      var current = try keeper(in: folder + "/new/checkpoints", best: count)
      for (report, model) in zip(reports, models) { try current.epochEnded(report, model: model) }
      if !afterwards.isEmpty {
        // Another process, which finds the epochs in the plan.
        current = try keeper(in: folder + "/new/checkpoints", best: count)
        current.trainingStarts(plan(after: reports))
        for (report, model) in zip(afterwards, models[reports.count...]) {
          try current.epochEnded(report, model: model)
        }
      }
      #expect(current.bestPath == folder + "/new/checkpoints/best.safetensors")
      let best = try SegmentationCheckpoint(contentsOf: current.bestPath)
      #expect(best.imageSize == 16 && best.labelSpace == tinyScenes(1).labelSpace)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/new/checkpoints")
      let files = try Dictionary(uniqueKeysWithValues: names.map { ($0, try owner("\(folder)/new/checkpoints/\($0)")) })
      return (try owner(current.bestPath), best.notes, files)
    }
  }

  @Test func bestIsTheEpochWithTheHighestMeanIoU() async throws {
    let kept = try await kept([
      epochReport(1, loss: 9, right: false), epochReport(2, loss: 5, right: true),
      epochReport(3, loss: 1, right: false),
    ])
    #expect(kept.best == 1 && kept.files == ["best.safetensors": 1])
    #expect(
      kept.notes == ["epoch": "2", "step": "6", "loss": "5.0", "validationLoss": "1.5", "meanIoU": "0.5"])
  }

  @Test func theFirstOfEqualsStaysTheBest() async throws {
    #expect(try await kept([epochReport(1, right: true), epochReport(2, right: true)]).best == 0)
  }

  @Test func withoutValidationTheLowestLossIsBest() async throws {
    let kept = try await kept([epochReport(1, loss: 2), epochReport(2, loss: 1.5), epochReport(3, loss: 1.75)])
    #expect(kept.best == 1)
    #expect(kept.notes == ["epoch": "2", "step": "6", "loss": "1.5"])
  }

  @Test func severalOfTheBestAreKeptAndNoOther() async throws {
    let losses: [Float] = [5, 3, 4, 9, 2, 3]
    let reports = losses.enumerated().map { epochReport($0 + 1, loss: $1) }
    let expected: [String: Int?] = [
      "best.safetensors": 4, "epoch-002.safetensors": 1, "epoch-005.safetensors": 4, "epoch-006.safetensors": 5,
    ]
    #expect(try await kept(reports, best: 3).files == expected)
    // A run that was stopped between any two epochs keeps the same ones.
    for stop in 1..<losses.count {
      let resumed = try await kept(Array(reports[..<stop]), best: 3, afterwards: Array(reports[stop...]))
      #expect(resumed.files == expected, "stopped behind epoch \(stop)")
    }
  }

  /// The second epoch was better than the first, and its weights could not be written.
  @Test(arguments: [1, 2]) func epochsWhoseWeightsAreNotThereAreNotTheBest(count: Int) async throws {
    try await withTemporaryFolder { folder in
      let completed = [epochReport(1, loss: 5), epochReport(2, loss: 1)]
      try keeper(in: folder, best: count).epochEnded(completed[0], model: tinyNetwork(seed: 1))
      let resumed = try keeper(in: folder, best: count)
      resumed.trainingStarts(plan(after: completed))
      for (epoch, loss, best) in [(3, 6, "1"), (4, 3, "4"), (5, 4, "4")] as [(Int, Float, String)] {
        try resumed.epochEnded(epochReport(epoch, loss: loss), model: tinyNetwork(seed: UInt64(epoch)))
        #expect(try bestEpoch(in: folder) == best, "epoch \(epoch)")
      }
    }
  }

  @Test func anEpochThatIsNotKeptEverywhereIsNotKept() async throws {
    try await withTemporaryFolder { folder in
      let keeper = try keeper(in: folder, best: 2)
      try keeper.epochEnded(epochReport(1, loss: 5), model: tinyNetwork(seed: 1))
      let files = FileManager.default
      // A folder in the place of either file; both epochs would be the best.
      for (epoch, name) in [(2, "epoch-002.safetensors"), (3, "best.safetensors")] {
        let path = "\(folder)/\(name)"
        if files.fileExists(atPath: path) { try files.moveItem(atPath: path, toPath: folder + "/kept") }
        try files.createDirectory(atPath: path + "/full", withIntermediateDirectories: true)
        #expect(throws: (any Error).self) {
          try keeper.epochEnded(epochReport(epoch, loss: 1), model: tinyNetwork(seed: 2))
        }
        try files.removeItem(atPath: path)
        if files.fileExists(atPath: folder + "/kept") { try files.moveItem(atPath: folder + "/kept", toPath: path) }
        #expect(try bestEpoch(in: folder) == "1", "\(name)")
        #expect(
          try files.contentsOfDirectory(atPath: folder).sorted() == ["best.safetensors", "epoch-001.safetensors"])
      }
      // Worse than those that were lost.
      try keeper.epochEnded(epochReport(4, loss: 3), model: tinyNetwork(seed: 4))
      #expect(try bestEpoch(in: folder) == "4")
    }
  }
}

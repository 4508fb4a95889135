import Foundation
import TesseraDatasets
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct CheckpointKeeperTests {
  /// Ends epochs with models that differ, and returns whose weights `best` and `last` hold.
  private func kept(_ reports: [EpochReport]) async throws -> (best: Int?, last: Int?, notes: [String: String]) {
    try await withTemporaryFolder { folder in
      let models = reports.indices.map { tinyNetwork(seed: UInt64($0)) }
      let keeper = try CheckpointKeeper(
        in: folder + "/new/checkpoints", labelSpace: tinyScenes(1).labelSpace, imageSize: 16)
      for (report, model) in zip(reports, models) { try keeper.epochEnded(report, model: model) }
      func owner(_ checkpoint: SegmentationCheckpoint) -> Int? {
        models.firstIndex { $0.parameters.map(\.value) == checkpoint.model.parameters.map(\.value) }
      }
      #expect(keeper.lastPath == folder + "/new/checkpoints/last.safetensors")
      #expect(keeper.bestPath == folder + "/new/checkpoints/best.safetensors")
      let best = try SegmentationCheckpoint(contentsOf: keeper.bestPath)
      let last = try SegmentationCheckpoint(contentsOf: keeper.lastPath)
      #expect(last.imageSize == 16 && last.labelSpace == tinyScenes(1).labelSpace)
      return (owner(best), owner(last), last.notes)
    }
  }

  @Test func bestIsTheEpochWithTheHighestMeanIoU() async throws {
    let kept = try await kept([
      epochReport(1, loss: 9, right: false), epochReport(2, loss: 5, right: true), epochReport(3, loss: 1, right: false),
    ])
    #expect(kept.best == 1 && kept.last == 2)
    #expect(
      kept.notes == ["epoch": "3", "step": "9", "loss": "1.0", "validationLoss": "1.5", "meanIoU": "0.0"])
  }

  @Test func theFirstOfEqualsStaysTheBest() async throws {
    let kept = try await kept([epochReport(1, right: true), epochReport(2, right: true)])
    #expect(kept.best == 0 && kept.last == 1)
  }

  @Test func withoutValidationTheLowestLossIsBest() async throws {
    let kept = try await kept([epochReport(1, loss: 2), epochReport(2, loss: 1.5), epochReport(3, loss: 1.75)])
    #expect(kept.best == 1 && kept.last == 2)
    #expect(kept.notes == ["epoch": "3", "step": "9", "loss": "1.75"])
  }

  @Test func anInterruptionReplacesLastAndLeavesBest() async throws {
    try await withTemporaryFolder { folder in
      let keeper = try CheckpointKeeper(in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16)
      let (first, second) = (tinyNetwork(seed: 1), tinyNetwork(seed: 2))
      try keeper.epochEnded(epochReport(1, right: true), model: first)
      try keeper.trainingInterrupted(step: 5, model: second)
      let (best, last) = (
        try SegmentationCheckpoint(contentsOf: keeper.bestPath), try SegmentationCheckpoint(contentsOf: keeper.lastPath)
      )
      #expect(best.model.parameters.map(\.value) == first.parameters.map(\.value))
      #expect(last.model.parameters.map(\.value) == second.parameters.map(\.value))
      #expect(last.notes == ["step": "5", "interrupted": "true"])
    }
  }
}

import Foundation
import TesseraCheckpoints
import TesseraDatasets
import TesseraOptimizers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct RunCheckpointsTests {
  /// A folder with the checkpoints behind steps 1 and 2.
  private func withCheckpoints(_ body: (String) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      let model = tinyNetwork()
      let keeper = try CheckpointKeeper(
        in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16, savingEvery: .zero,
        configuration: Array("options".utf8))
      let trainer = Trainer(model, optimizer: Adam(for: model), schedule: .constant(0.01), observers: [keeper])
      try await trainer.fit(DataLoader(tinyScenes(4), batchSize: 2, imageSize: 16), epochs: 1)
      try await body(folder)
    }
  }

  private func step(of path: String?) throws -> Int {
    try TrainingSnapshot(contentsOf: #require(path), into: tinyNetwork()).position.step
  }

  @Test func theLastOneIsTheNewestAndTheOneBeforeStays() async throws {
    try await withCheckpoints { folder in
      #expect(
        try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == [
          "last.safetensors", "previous.safetensors", "best.safetensors",
        ])
      let newest = try RunCheckpoints.newest(in: folder)
      #expect(newest?.path == folder + "/last.safetensors" && newest?.complaint == nil)
      #expect(try step(of: newest?.path) == 2)
      #expect(try step(of: RunCheckpoints.previous(in: folder)) == 1)
      #expect(try TrainingSnapshot.configuration(of: RunCheckpoints.last(in: folder)) == Array("options".utf8))
    }
  }

  @Test func aRunThatWasNeverSavedHasNone() async throws {
    let newest = try await withTemporaryFolder { try RunCheckpoints.newest(in: $0)?.path }
    #expect(newest == nil)
  }

  /// One changed bit anywhere, a cut anywhere.
  @Test func anyDamageIsNoticedAndThePreviousOneIsUsed() async throws {
    try await withCheckpoints { folder in
      let path = RunCheckpoints.last(in: folder)
      let whole = try Data(contentsOf: URL(filePath: path))
      var random = RandomStream(seed: 1)
      for round in 0..<60 {
        var damaged = whole
        if round % 6 == 0 {
          damaged = whole.prefix(random.index(below: whole.count))
        } else {
          // Every other time in the header, which is short.
          let place = random.index(below: round % 2 == 0 ? whole.count : 20_000)
          damaged[place] ^= 1 << UInt8(random.index(below: 8))
        }
        try damaged.write(to: URL(filePath: path))
        let newest = try RunCheckpoints.newest(in: folder)
        #expect(newest?.path == RunCheckpoints.previous(in: folder), "round \(round)")
        #expect(newest?.complaint?.contains(path) == true)
        #expect(try step(of: newest?.path) == 1)
      }
    }
  }

  @Test func aChecksumSaysWhatIsWrong() async throws {
    try await withCheckpoints { folder in
      let path = RunCheckpoints.last(in: folder)
      var bytes = try Data(contentsOf: URL(filePath: path))
      bytes[bytes.count - 1] ^= 1
      try bytes.write(to: URL(filePath: path))
      let complaint = try #require(try RunCheckpoints.newest(in: folder)?.complaint)
      #expect(complaint.contains(/damaged: its checksum is [0-9a-f]{8}, but its bytes give [0-9a-f]{8}/))
      // For prediction, too.
      #expect(throws: SafeTensorsError.self) { _ = try SegmentationCheckpoint(contentsOf: path) }
    }
  }

  @Test func whereAllAreDamagedTheFirstErrorIsTold() async throws {
    try await withCheckpoints { folder in
      for path in [RunCheckpoints.last(in: folder), RunCheckpoints.previous(in: folder)] {
        try Data(repeating: 7, count: 100).write(to: URL(filePath: path))
      }
      let error = #expect(throws: SafeTensorsError.self) { _ = try RunCheckpoints.newest(in: folder) }
      #expect(error?.description.contains("last.safetensors") == true)
    }
  }

  @Test func weightsWithoutARunCannotBeResumedFrom() async throws {
    try await withTemporaryFolder { folder in
      let path = RunCheckpoints.last(in: folder)
      try SegmentationCheckpoint(model: tinyNetwork(), labelSpace: tinyScenes(1).labelSpace, imageSize: 16).save(
        to: path)
      let error = #expect(throws: TrainingError.self) { _ = try RunCheckpoints.newest(in: folder) }
      #expect(
        error?.description
          == "\(path) cannot be resumed from: it holds weights, but no state of a run; resume with the version that "
          + "wrote it, or start a new run with --initial-weights \(path)")
    }
  }

  @Test func whatAKilledWriterLeftIsRemoved() async throws {
    try await withCheckpoints { folder in
      try Data([1]).write(to: URL(filePath: folder + "/.last.safetensors.1234.tmp"))
      _ = try RunCheckpoints.newest(in: folder)
      #expect(!FileManager.default.fileExists(atPath: folder + "/.last.safetensors.1234.tmp"))
    }
  }

  /// The trainer's own tensors are nobody's weights.
  @Test func aCheckpointOfARunIsOneToPredictWithAndToStartFrom() async throws {
    try await withCheckpoints { folder in
      let path = RunCheckpoints.last(in: folder)
      let checkpoint = try SegmentationCheckpoint(contentsOf: path)
      let started = tinyNetwork(seed: 9)
      try started.load(from: path)
      #expect(started.parameters.map(\.value) == checkpoint.model.parameters.map(\.value))
      #expect(try SafeTensors(contentsOf: path).names.contains { $0.hasPrefix("training/optimizer/firstMoment.") })
    }
  }
}

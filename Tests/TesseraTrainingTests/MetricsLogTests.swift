import Foundation
import TesseraDatasets
import TesseraOptimizers
import TesseraTraining
import Testing

@Suite struct MetricsLogTests {
  static let stepKeys: Set = ["event", "epoch", "step", "loss", "accuracy", "learningRate", "seconds", "dataSeconds"]
  static let epochKeys: Set = [
    "event", "epoch", "loss", "accuracy", "validationLoss", "validationAccuracy", "meanIoU", "seconds",
  ]

  /// The objects in the file, one a line.
  private func lines(_ path: String) throws -> [[String: Any]] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.isEmpty || text.hasSuffix("\n"))
    return try text.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(object as? [String: Any])
    }
  }

  @Test func aLineHasTheContractsKeysAndTheReportsValues() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let log = try MetricsLog(path: path)
      try log.stepEnded(
        StepReport(
          epoch: 1, step: 17, stepInEpoch: 17, loss: 3.25, accuracy: 0.5, learningRate: 0.001, images: 5, seconds: 1.5,
          dataSeconds: 0.25))
      try log.epochEnded(epochReport(2, right: true), model: tinyNetwork())
      let found = try lines(path)
      try #require(found.count == 2)
      #expect(Set(found[0].keys) == Self.stepKeys)
      #expect(found[0]["event"] as? String == "step")
      #expect(found[0]["epoch"] as? Int == 1 && found[0]["step"] as? Int == 17)
      #expect(found[0]["loss"] as? Double == 3.25 && found[0]["accuracy"] as? Double == 0.5)
      #expect(found[0]["learningRate"] as? Double == 0.001)
      #expect(found[0]["seconds"] as? Double == 1.5 && found[0]["dataSeconds"] as? Double == 0.25)
      #expect(Set(found[1].keys) == Self.epochKeys)
      #expect(found[1]["event"] as? String == "epoch" && found[1]["epoch"] as? Int == 2)
      #expect(found[1]["loss"] as? Double == 1.25 && found[1]["accuracy"] as? Double == 0.5)
      #expect(found[1]["validationLoss"] as? Double == 1.5 && found[1]["validationAccuracy"] as? Double == 0.25)
      #expect(found[1]["meanIoU"] as? Double == 0.5 && found[1]["seconds"] as? Double == 65)
    }
  }

  @Test func withoutValidationItsKeysAreLeftOut() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      try MetricsLog(path: path).epochEnded(epochReport(1), model: tinyNetwork())
      let keys = try lines(path).map { Set($0.keys) }
      #expect(keys == [Self.epochKeys.subtracting(["validationLoss", "validationAccuracy", "meanIoU"])])
    }
  }

  /// A run that dies leaves every line that it reached.
  @Test func linesAreInTheFileAsTheyHappen() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      let recorder = Recorder()
      var counts: [Int] = []
      recorder.onStep = { _ in counts.append(try lines(path).count) }
      let model = tinyNetwork()
      let trainer = Trainer(
        model, optimizer: SGD(for: model), schedule: .constant(0.001),
        observers: [try MetricsLog(path: path), recorder])
      let loader = DataLoader(tinyScenes(2), batchSize: 1, imageSize: 16)
      try await trainer.fit(loader, validatingOn: loader, epochs: 2)
      #expect(counts == [1, 2, 4, 5])
      let found = try lines(path)
      #expect(found.compactMap { $0["event"] as? String } == ["step", "step", "epoch", "step", "step", "epoch"])
      #expect(found.compactMap { $0["step"] as? Int } == [1, 2, 3, 4])
    }
  }

  @Test func itsFolderIsMade() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/runs/one/metrics.jsonl"
      try MetricsLog(path: path).epochEnded(epochReport(1), model: tinyNetwork())
      #expect(try lines(path).count == 1)
    }
  }

  @Test func aFileThatCannotBeMadeIsAnErrorWithItsName() async throws {
    try await withTemporaryFolder { folder in
      try Data().write(to: URL(filePath: folder + "/file"))
      for path in [folder, folder + "/file/metrics.jsonl"] {
        let error = #expect(throws: TrainingError.self) { _ = try MetricsLog(path: path) }
        #expect(error?.description.hasPrefix(folder) == true, "\(String(describing: error))")
      }
    }
  }
}

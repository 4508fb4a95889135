import Foundation
import TesseraCheckpoints
import TesseraDatasets
import TesseraOptimizers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

/// A checkpoint whose checksum is right and whose numbers are not.
@Suite struct StateNumbersTests {
  private static let state = "training/state"

  /// Calls `body` with the checkpoint of a run of two epochs of two steps, saved one step into the third.
  private func withCheckpoint(_ body: (String) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      struct Stop: Error {}
      let recorder = Recorder()
      recorder.onStep = { if $0.step == 5 { throw Stop() } }
      let keeper = try CheckpointKeeper(in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16)
      let model = tinyNetwork()
      let trainer = trainer(model, observers: [recorder, keeper])
      await #expect(throws: Stop.self) {
        try await trainer.fit(loader(steps: 2), validatingOn: loader(steps: 1), epochs: 3)
      }
      try FileManager.default.removeItem(atPath: keeper.previousPath)
      try await body(keeper.lastPath)
    }
  }

  private func trainer(_ model: UNet, observers: [any TrainingObserver] = []) -> Trainer {
    Trainer(
      model, optimizer: Adam(for: model), schedule: .constant(0.01),
      step: TrainingStep(average: WeightAverage(of: model, decay: 0.9)), observers: observers)
  }

  private func loader(steps: Int) -> DataLoader { DataLoader(tinyScenes(4), batchSize: 2, imageSize: 16, steps: steps) }

  /// Writes the checkpoint again, with another text of its state and other tensors.
  private func rewrite(
    _ path: String, state change: (String) -> String = { $0 }, tensor changed: (String, Tensor) -> Tensor = { $1 }
  ) throws {
    let file = try SafeTensors(contentsOf: path)
    let texts = file.names.filter { file.entries[$0]?.type == .uint8 }
    try SafeTensors.write(
      file.names.filter { !texts.contains($0) }.map { ($0, changed($0, try file.tensor($0))) },
      texts: texts.map { name in
        let text = try file.text(name)
        return (name, name == Self.state ? Array(change(String(decoding: text, as: UTF8.self)).utf8) : text)
      }, metadata: file.metadata, isChecksummed: true, to: path)
  }

  /// What a key's first number becomes, and what is said about it.
  static let changes: [(key: String, number: String, reason: String)] = [
    ("epoch", "-1", "\"epoch\" is -1, which lies outside 0...9007199254740992"),
    ("epoch", "9223372036854775807", "\"epoch\" is 9223372036854775807, which lies outside 0...9007199254740992"),
    ("epoch", "7", "it has 2 reports, and 7 epochs are done"),
    ("epoch", "1e300", "\"epoch\" is 1e+300, which lies outside 0...9007199254740992"),
    ("stepInEpoch", "-1", "\"stepInEpoch\" is -1, which lies outside 0...9007199254740992"),
    ("stepInEpoch", "9007199254740992", "it is at step 5, which is not 9007199254740992 after 4"),
    ("stepInEpoch", "0", "it is at step 5, which is not 0 after 4"),
    ("secondsInEpoch", "-1", "\"secondsInEpoch\" is -1.0, which lies outside 0.0...1000000000000000.0"),
    ("secondsInEpoch", "1e300", "\"secondsInEpoch\" is 1e+300, which lies outside 0.0...1000000000000000.0"),
    ("voidInARow", "-3", "\"voidInARow\" is -3, which lies outside 0...9007199254740992"),
    ("counted", "-1", "\"counted\" is -1, which lies outside 0...9007199254740992"),
    ("counted", "9223372036854775807", "\"counted\" is 9223372036854775807, which lies outside 0...9007199254740992"),
    ("counted", "0", "\"correct\" is "),
    ("weight", "-1", "\"weight\" is -1.0, which lies outside 0.0...1e+100"),
    ("lossSum", "1e300", "\"lossSum\" is 1e+300, which lies outside -1e+100...1e+100"),
    ("pixels", "-1", "\"pixels\" is -1, which lies outside 0...70368744177664"),
    ("pixels", "9223372036854775807", "\"pixels\" is 9223372036854775807, which lies outside 0...70368744177664"),
    ("index", "-1", "\"index\" is -1, which lies outside 0...65535"),
    ("index", "5", "its \"classes\" are not in the order of their indices"),
    ("accuracy", "2", "\"accuracy\" is 2.0, which lies outside 0.0...1.0"),
    ("seconds", "-1", "\"seconds\" is -1.0, which lies outside 0.0...1000000000000000.0"),
    ("loss", "1e39", "\"loss\" is 1e+39, which lies outside -3.4028235e+38...3.4028235e+38"),
    ("randomKey", "-1", "it is not JSON, or has a number that no type can hold"),
  ]

  @Test func everyNumberIsCheckedWhereItIsRead() async throws {
    try await withCheckpoint { path in
      let whole = try Data(contentsOf: URL(filePath: path))
      for (key, number, reason) in Self.changes {
        try whole.write(to: URL(filePath: path))
        try rewrite(
          path,
          state: { text in
            let pattern = try? Regex("\"\(key)\":-?[0-9.e+-]+")
            // A run's own numbers stand behind those of its reports.
            let isPosition = ["epoch", "stepInEpoch", "secondsInEpoch", "voidInARow", "counted", "weight"].contains(key)
            let start = text.range(of: isPosition ? "\"position\":" : "{")?.upperBound ?? text.startIndex
            guard let place = pattern.flatMap({ text[start...].firstRange(of: $0) }) else { return text }
            return text.replacingCharacters(in: place, with: "\"\(key)\":\(number)")
          })
        let error = #expect(throws: TrainingError.self, "\(key) \(number)") {
          _ = try TrainingSnapshot(contentsOf: path, into: tinyNetwork())
        }
        let text = error?.description ?? ""
        #expect(
          text.hasPrefix("\(path) cannot be resumed from: its state cannot be used: \(reason)") && !text.contains("\n"),
          "\(key) \(number): \(text)")
      }
    }
  }

  @Test(arguments: [Float.nan, -1, 1e30, 0.5, .infinity]) func countsOfUpdatesAreCounts(number: Float) async throws {
    for name in ["training/optimizer/updates.classifier.bias", "training/average/averageUpdates"] {
      try await withCheckpoint { path in
        try rewrite(path, tensor: { $0 == name ? Tensor(number) : $1 })
        let error = #expect(throws: TrainingError.self) {
          _ = try TrainingSnapshot(contentsOf: path, into: tinyNetwork())
        }
        let count = name.split(separator: "/").last ?? ""
        #expect(error?.description.contains("\"\(count)\" is \(number), which is not a number of updates") == true)
      }
    }
  }

  /// Its numbers fit each other, and not the run.
  @Test func aCheckpointOfLongerEpochsIsRefused() async throws {
    try await withCheckpoint { path in
      try rewrite(
        path,
        state: {
          $0.replacing(/"step":5,"stepInEpoch":1/, with: "\"step\":11,\"stepInEpoch\":7")
        })
      let model = tinyNetwork()
      let snapshot = try TrainingSnapshot(contentsOf: path, into: model)
      await #expect(throws: TrainingError.otherSteps(stepInEpoch: 7, stepsPerEpoch: 2)) {
        try await trainer(model).fit(loader(steps: 2), epochs: 3, resuming: snapshot)
      }
    }
  }

  @Test func theCheckpointBeforeItIsUsed() async throws {
    try await withCheckpoint { path in
      let folder = (path as NSString).deletingLastPathComponent
      let previous = RunCheckpoints.previous(in: folder)
      try FileManager.default.copyItem(atPath: path, toPath: previous)
      try rewrite(path, state: { $0.replacing(/"voidInARow":0/, with: "\"voidInARow\":-1") })
      let newest = try RunCheckpoints.newest(in: folder)
      #expect(newest?.path == previous && newest?.complaint?.contains("\"voidInARow\" is -1") == true)
    }
  }

  /// Shapes are compared before the moments are read.
  @Test func aNetworkOfAnotherWidthGetsNoMemory() async throws {
    try await withCheckpoint { path in
      let pool = BufferPool()
      ComputeContext.$current.withValue(ComputeContext(pool: pool)) {
        let model = tinyNetwork(width: 1024)
        #expect(throws: TensorMismatchError.self) { _ = try TrainingSnapshot(contentsOf: path, into: model) }
      }
      #expect(pool.statistics.peak < 2 << 20)
    }
  }
}

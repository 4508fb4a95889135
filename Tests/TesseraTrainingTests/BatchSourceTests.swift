import TesseraDatasets
import TesseraNetworks
import TesseraOptimizers
import TesseraTensors
import TesseraTraining
import Testing

/// Training on batches that no loader makes.
@Suite struct BatchSourceTests {
  private struct Stop: Error {}

  /// Two scenes of 16 x 16 pixels.
  private static func batch(_ seed: Int) -> Batch {
    let scenes = tinyScenes(2, seed: UInt64(seed))
    return Batch([scenes.sample(at: 0), scenes.sample(at: 1)])
  }

  private func trainer(_ model: UNet, _ observers: any TrainingObserver...) -> Trainer {
    Trainer(model, optimizer: Adam(for: model), schedule: .constant(0.01), observers: observers)
  }

  @Test func anArrayOfBatchesTrainsAndValidatesAsItsLoader() async throws {
    let loader = DataLoader(tinyScenes(5), batchSize: 2, imageSize: 16, shuffles: false)
    var batches: [Batch] = []
    for try await batch in loader.epoch(0) { batches.append(batch) }
    let (first, second) = (tinyNetwork(), tinyNetwork())
    let recorder = Recorder()
    let whole = try await trainer(first).fit(loader, validatingOn: loader, epochs: 2)
    let plain = try await trainer(second, recorder).fit(batches, validatingOn: batches, epochs: 2)
    #expect(first.parameters.map(\.value) == second.parameters.map(\.value))
    #expect(recorder.steps.map(\.images) == [2, 2, 1, 2, 2, 1] && recorder.plan?.stepsPerEpoch == 3)
    #expect(plain.reports.map(\.loss) == whole.reports.map(\.loss))
    #expect(plain.reports.map(\.validation?.loss) == whole.reports.map(\.validation?.loss))
    #expect(plain.reports.map(\.validation?.meanIoU) == whole.reports.map(\.validation?.meanIoU))
    #expect(plain.reports.allSatisfy { $0.validation?.meanIoU != nil })
  }

  /// Every kind of source, five batches an epoch.
  enum Kind: CaseIterable { case array, plain, stream }

  private func train(_ kind: Kind, in folder: String, stoppingAfter stop: Int? = nil) async throws -> [Tensor] {
    let model = tinyNetwork(dropout: 0.3)
    let recorder = Recorder()
    if let stop { recorder.onStep = { if $0.step == stop { throw Stop() } } }
    let keeper = try CheckpointKeeper(
      in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16, savingEvery: .zero)
    let trainer = Trainer(
      model, optimizer: Adam(for: model), schedule: .constant(0.01), step: TrainingStep(batches: 2),
      observers: [recorder, keeper])
    let snapshot = try RunCheckpoints.newest(in: folder).map { try TrainingSnapshot(contentsOf: $0.path, into: model) }
    switch kind {
    case .array:
      try await trainer.fit((0..<5).map(Self.batch), epochs: 2, resuming: snapshot)
    case .plain:
      // Without an end: an epoch takes what it needs.
      let source = GeneratedBatches(perEpoch: 5) { epoch in
        sequence(first: 10 * epoch) { $0 + 1 }.lazy.map(Self.batch)
      }
      try await trainer.fit(source, epochs: 2, resuming: snapshot)
    case .stream:
      let source = GeneratedBatches(perEpoch: 5) { epoch in
        AsyncThrowingStream<Batch, any Error> { continuation in
          for number in 0..<5 { continuation.yield(Self.batch(10 * epoch + number)) }
          continuation.finish()
        }
      }
      try await trainer.fit(source, epochs: 2, resuming: snapshot)
    }
    #expect(recorder.plan?.stepsPerEpoch == 3)
    return model.parameters.map(\.value)
  }

  @Test(arguments: Kind.allCases) func aRunThatStopsAnywhereEndsWithTheSameBits(kind: Kind) async throws {
    let whole = try await withTemporaryFolder { try await train(kind, in: $0) }
    for stops in [[1], [3], [2, 4, 5]] {
      try await withTemporaryFolder { folder in
        for stop in stops {
          await #expect(throws: Stop.self) { _ = try await train(kind, in: folder, stoppingAfter: stop) }
        }
        let resumed = try await train(kind, in: folder)
        #expect(resumed == whole, "stopped after steps \(stops)")
      }
    }
  }

  @Test func epochsHaveTheBatchesThatTheyAskFor() async throws {
    let recorder = Recorder()
    var asked: [Int] = []
    let source = GeneratedBatches(perEpoch: 2) { epoch in
      asked.append(epoch)
      return [Self.batch(epoch), Self.batch(epoch), Self.batch(epoch)]
    }
    try await trainer(tinyNetwork(), recorder).fit(source, epochs: 3)
    #expect(asked == [0, 1, 2] && recorder.steps.count == 6)
    let plain = try await withTemporaryFolder { try await train(.plain, in: $0) }
    let stream = try await withTemporaryFolder { try await train(.stream, in: $0) }
    #expect(plain == stream)
  }

  @Test func aSourceThatEndsTooEarlyIsAnErrorThatKeepsTheRun() async throws {
    try await withTemporaryFolder { folder in
      let model = tinyNetwork()
      let keeper = try CheckpointKeeper(in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16)
      let short = GeneratedBatches(perEpoch: 5) { _ in [Self.batch(1), Self.batch(2)] }
      let error = await #expect(throws: TrainingError.self) { try await trainer(model, keeper).fit(short, epochs: 2) }
      #expect(
        error?.description
          == "the source of batches ended before batch 3 of an epoch of 5; let it say in batchesPerEpoch how many an "
          + "epoch has")
      #expect(keeper.savedStep == 2)
      let validation = await #expect(throws: TrainingError.self) {
        try await trainer(model).fit([Self.batch(1)], validatingOn: short, epochs: 2)
      }
      #expect(validation == .batchMissing(number: 3, count: 5))
    }
  }

  @Test func errorsOfASourceEndTheRun() async throws {
    let broken = GeneratedBatches(perEpoch: 2) { _ in
      AsyncThrowingStream<Batch, any Error> { continuation in
        continuation.yield(Self.batch(1))
        continuation.finish(throwing: Stop())
      }
    }
    let recorder = Recorder()
    await #expect(throws: Stop.self) { try await trainer(tinyNetwork(), recorder).fit(broken, epochs: 1) }
    #expect(recorder.events == ["start", "step 1", "failed: Stop()"])
  }

  /// A stream ends without an error in a cancelled task, which is no shortage.
  @Test func aCancelledStreamIsACancelledRun() async throws {
    let events = await Task {
      let recorder = Recorder()
      let source = GeneratedBatches(perEpoch: 3) { _ in
        AsyncStream<Batch> { continuation in
          continuation.yield(Self.batch(1))
          withUnsafeCurrentTask { $0?.cancel() }
          continuation.finish()
        }
      }
      let trainer = trainer(tinyNetwork(), recorder)
      await #expect(throws: CancellationError.self) { try await trainer.fit(source, epochs: 1) }
      return recorder.events
    }.value
    #expect(events.last == "interrupted \(events.count - 2)")
  }

  @Test func anEpochWithoutBatchesStopsWithAReason() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = tinyNetwork()
      try await Trainer(model, optimizer: SGD(for: model), schedule: .constant(0.1)).fit([Batch](), epochs: 1)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("Trainer.fit: an epoch must have at least one batch; got 0 for training"))
  }
}

import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import TestSupport
import Testing

/// Networks with outputs that only training compares with the masks.
@Suite struct AuxiliaryOutputTests {
  private struct Stop: Error {}

  private static let labels = LabelSpace(names: ["a", "b", "c"], void: 255)
  private static let catalog = NetworkCatalog.standard.adding(SupervisedNet.Configuration.self)

  /// Two batches of two pictures, with different numbers of counted pixels.
  private static var batches: [Batch] {
    let samples = FixedSamples([[0, 1, 2], [255, 255, 1], [2, 2, 0, 255], [255, 255, 255, 0]], labelSpace: labels)
      .samples
    return [Batch(Array(samples[0..<2])), Batch(Array(samples[2..<4]))]
  }

  private static func network(dropout: Float = 0, seed: UInt64 = 1) -> SupervisedNet {
    var configuration = SupervisedNet.Configuration(classes: 3)
    configuration.dropout = dropout
    return configuration.makeNetwork(random: RandomStream(seed: seed))
  }

  /// Each output by itself, added up in Double.
  @Test func aStepFollowsTheWeightedSumOfAllLosses() async throws {
    let (model, twin) = (Self.network(), Self.network())
    let recorder = Recorder()
    let trainer = Trainer(
      model, optimizer: SGD(for: model), schedule: .constant(0.5), step: TrainingStep(batches: 2),
      observers: [recorder])
    try await trainer.fit(Self.batches, validatingOn: Self.batches, epochs: 1)

    var gradients: [[Double]] = twin.parameters.map { Array(repeating: 0, count: $0.shape.elementCount) }
    var (losses, pixels) = ([0.0, 0, 0], 0.0)
    for batch in Self.batches {
      for output in 0..<3 {
        let tape = Tape()
        let outputs = twin.trainingLogits(of: batch.images, on: tape)
        #expect(outputs.map(\.weight) == [1, 0.5, 0.25])
        let loss = crossEntropy(outputs[output].logits, batch.masks)
        losses[output] += Double(loss.mean.value.item) * Double(loss.counted)
        if output == 0 { pixels += Double(loss.counted) }
        let factor = [1, 0.5, 0.25][output] * Double(loss.counted)
        let found = tape.gradients(of: loss.mean)
        for (index, parameter) in twin.parameters.enumerated() {
          guard let gradient = found[parameter] else { continue }
          for (place, value) in gradient.scalars.enumerated() { gradients[index][place] += factor * Double(value) }
        }
      }
    }
    let fresh = Self.network()
    for (index, entry) in model.namedParameters.enumerated() where entry.parameter.kind != .statistic {
      #expect(gradients[index].contains { $0 != 0 }, "\(entry.name)")
      let expected = zip(fresh.parameters[index].value.scalars, gradients[index]).map { Double($0) - 0.5 * $1 / pixels }
      expectClose(
        entry.parameter.value, DoubleArray(expected, shape: entry.parameter.shape), tolerance: 1e-5, entry.name)
    }
    let means = losses.map { $0 / pixels }
    let step = try #require(recorder.steps.first)
    #expect(step.parts.keys.sorted() == ["auxiliary", "auxiliary2", "main"])
    for (name, mean) in zip(["main", "auxiliary", "auxiliary2"], means) {
      #expect(abs(Double(step.parts[name] ?? 0) - mean) < 1e-5, "\(name)")
    }
    #expect(abs(Double(step.loss) - (means[0] + 0.5 * means[1] + 0.25 * means[2])) < 1e-5)
    // Validation is that of the network's own logits.
    let total = Self.batches.reduce(into: (loss: 0.0, pixels: 0.0)) { sum, batch in
      let loss = crossEntropy(model.logits(of: batch.images), batch.masks)
      sum.loss += Double(loss.mean.value.item) * Double(loss.counted)
      sum.pixels += Double(loss.counted)
    }
    let validated = try #require(recorder.epochs.first?.validation?.loss)
    #expect(abs(Double(validated) - total.loss / total.pixels) < 1e-6)
  }

  @Test func guessingHasTheLossOfAllOutputs() {
    #expect(Self.network().lossWeight(height: 16, width: 8) == 1.75)
    #expect(tinyNetwork().lossWeight(height: 16, width: 16) == 1)
  }

  private struct End: Equatable {
    let weights: [Tensor]
    let files: [String: [String: Tensor]]
    let metrics: [String]
  }

  private func train(in folder: String, stoppingAfter stop: Int? = nil) async throws -> End {
    let random = RandomStream(seed: 3)
    var configuration = SupervisedNet.Configuration(classes: 10)
    configuration.dropout = 0.3
    let model = configuration.makeNetwork(random: random)
    let rules = ParameterRules([.frozen("auxiliary.1"), .rate(2, "auxiliary.0")], decaysBiases: false)
    let optimizer = AdamW(for: model, rules: rules, weightDecay: 0.01)
    let recorder = Recorder()
    if let stop { recorder.onStep = { if $0.step == stop { throw Stop() } } }
    let keeper = try CheckpointKeeper(
      in: folder, labelSpace: tinyScenes(1).labelSpace, imageSize: 16, savingEvery: .zero)
    let log = try MetricsLog(path: folder + "/metrics.jsonl")
    let trainer = Trainer(
      model, optimizer: optimizer, schedule: .constant(0.01),
      step: TrainingStep(batches: 2, clipping: .norm(1), average: WeightAverage(of: model, decay: 0.9)),
      random: random, observers: [log, recorder, keeper])
    let snapshot = try RunCheckpoints.newest(in: folder).map { try TrainingSnapshot(contentsOf: $0.path, into: model) }
    let loader = DataLoader(tinyScenes(6), batchSize: 2, imageSize: 16, steps: 4)
    try await trainer.fit(
      loader, validatingOn: DataLoader(tinyScenes(3), batchSize: 3, imageSize: 16, shuffles: false), epochs: 3,
      resuming: snapshot)
    let files = try Dictionary(
      uniqueKeysWithValues: [keeper.lastPath, keeper.bestPath].map { path in
        let file = try SafeTensors(contentsOf: path)
        let names = file.names.filter { file.entries[$0]?.type == .float32 }
        return (
          (path as NSString).lastPathComponent,
          Dictionary(uniqueKeysWithValues: try names.map { ($0, try file.tensor($0)) })
        )
      })
    let metrics = try String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map {
      String($0).replacing(/"(seconds|dataSeconds)":[0-9.e-]+/, with: "")
    }
    return End(weights: model.parameters.map(\.value), files: files, metrics: metrics)
  }

  @Test func aRunResumesWithTheSameBitsAndItsFilesForPredictionKnowNothingOfIt() async throws {
    let whole = try await withTemporaryFolder { folder in
      let end = try await train(in: folder)
      let best = try SegmentationCheckpoint(contentsOf: folder + "/best.safetensors", catalog: Self.catalog)
      let last = try SegmentationCheckpoint(contentsOf: folder + "/last.safetensors", catalog: Self.catalog)
      for model in [best.model, last.model] {
        let network = try #require(model as? SupervisedNet)
        #expect(network.auxiliary.isEmpty && !network.configuration.isSupervised)
      }
      #expect(last.model.parameters.map(\.value) == Array(end.weights.dropLast(4)))
      return end
    }
    let best = try #require(whole.files["best.safetensors"])
    #expect(best.count == 9 && best.keys.allSatisfy { !$0.contains("auxiliary") })
    let last = try #require(whole.files["last.safetensors"])
    #expect(last.keys.filter { $0.hasPrefix("training/network/") }.sorted() == [
      "training/network/auxiliary.0.bias", "training/network/auxiliary.0.filter",
      "training/network/auxiliary.1.bias", "training/network/auxiliary.1.filter",
    ])
    #expect(last.keys.allSatisfy { $0.hasPrefix("training/") || !$0.contains("auxiliary") })
    // It is averaged, and has moments, as all else; what is frozen has neither.
    #expect(last.keys.contains("training/average/average.auxiliary.0.filter"))
    #expect(last.keys.contains { $0.hasPrefix("training/optimizer/") && $0.hasSuffix("auxiliary.0.filter") })
    #expect(last.keys.filter { $0.contains("auxiliary.1") }.count == 2)
    for stops in [[1], [2, 3], [4, 5]] {
      try await withTemporaryFolder { folder in
        for stop in stops {
          await #expect(throws: Stop.self) { _ = try await train(in: folder, stoppingAfter: stop) }
          if stop > 1 { try FileManager.default.removeItem(atPath: folder + "/last.safetensors") }
        }
        #expect(try await train(in: folder) == whole, "stopped after steps \(stops)")
      }
    }
  }

  @Test func aStateIsThatOfANetworkWithTheSameOutputs() async throws {
    try await withTemporaryFolder { folder in
      _ = try await train(in: folder)
      let path = folder + "/last.safetensors"
      let random = RandomStream(seed: 1)
      var plain = SupervisedNet.Configuration(classes: 10)
      plain.isSupervised = false
      let error = #expect(throws: TensorMismatchError.self) {
        try TrainingSnapshot(contentsOf: path, into: plain.makeNetwork(random: random))
      }
      #expect(error?.unused.count == 4 && error?.missing.isEmpty == true)
      let other = SupervisedNet.Configuration(classes: 10).makeNetwork(random: random)
      let before = other.parameters.map(\.value)
      let file = try SafeTensors(contentsOf: path)
      var tensors: [(name: String, tensor: Tensor)] = []
      var texts: [(name: String, bytes: [UInt8])] = []
      for name in file.names where name != "training/network/auxiliary.0.bias" {
        if file.entries[name]?.type == .float32 {
          tensors.append((name, try file.tensor(name)))
        } else {
          texts.append((name, try file.text(name)))
        }
      }
      try SafeTensors.write(tensors, texts: texts, isChecksummed: true, to: path)
      let lacking = #expect(throws: TensorMismatchError.self) { try TrainingSnapshot(contentsOf: path, into: other) }
      #expect(lacking?.missing == ["training/network/auxiliary.0.bias"])
      #expect(other.parameters.map(\.value) == before)
    }
  }
}

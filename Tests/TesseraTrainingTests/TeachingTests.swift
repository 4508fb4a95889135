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

/// Networks that learn from a teacher.
@Suite struct TeachingTests {
  private struct Stop: Error {}

  private static let labels = LabelSpace(names: ["a", "b", "c"], void: 255)

  private static var batches: [Batch] {
    let samples = FixedSamples([[0, 1, 2], [255, 255, 1], [2, 2, 0, 255], [255, 255, 255, 0]], labelSpace: labels)
      .samples
    return [Batch(Array(samples[0..<2])), Batch(Array(samples[2..<4]))]
  }

  private static func teacher(labelSpace: LabelSpace = labels, classes: Int = 3) throws -> Teacher {
    let model = tinyNetwork(classes: classes, width: 3, seed: 8)
    return try Teacher(
      SegmentationCheckpoint(model: model, labelSpace: labelSpace, imageSize: 16), named: "teacher", for: labelSpace,
      imageSize: 16, weight: 0.75, temperature: 3)
  }

  /// The gradients of both batches by themselves, weighted by their counted pixels.
  @Test func aStepFollowsMasksAndTeacherAndValidationMasksAlone() async throws {
    let teacher = try Self.teacher()
    let (model, twin) = (tinyNetwork(classes: 3), tinyNetwork(classes: 3))
    let recorder = Recorder()
    let loss = SegmentationLoss.crossEntropy
    let trainer = Trainer(
      model, optimizer: SGD(for: model), schedule: .constant(0.5), loss: { loss($0, $1) },
      teaching: Teaching(by: teacher) { loss($0, $1, teacher: $2) }, step: TrainingStep(batches: 2),
      observers: [recorder])
    try await trainer.fit(Self.batches, validatingOn: Self.batches, epochs: 1)
    var gradients: [[Double]] = twin.parameters.map { Array(repeating: 0, count: $0.shape.elementCount) }
    var (hard, soft, pixels) = (0.0, 0.0, 0.0)
    for batch in Self.batches {
      let tape = Tape()
      let logits = twin.logits(of: batch.images, on: tape)
      let lesson = TeacherLogits(teacher.model.logits(of: batch.images).value, weight: 0.75, temperature: 3)
      let result = loss(logits, batch.masks, teacher: lesson)
      let found = tape.gradients(of: result.mean)
      let count = Double(result.counted)
      pixels += count
      hard += count * Double(result.parts["cross-entropy"] ?? .nan)
      soft += count * Double(result.parts["teacher"] ?? .nan)
      for (index, parameter) in twin.parameters.enumerated() {
        for (place, value) in (found[parameter]?.scalars ?? []).enumerated() {
          gradients[index][place] += count * Double(value)
        }
      }
    }
    for (index, entry) in model.namedParameters.enumerated() {
      let expected = zip(twin.parameters[index].value.scalars, gradients[index]).map { Double($0) - 0.5 * $1 / pixels }
      expectClose(
        entry.parameter.value, DoubleArray(expected, shape: entry.parameter.shape), tolerance: 1e-5, entry.name)
    }
    let step = try #require(recorder.steps.first)
    #expect(step.parts.keys.sorted() == ["cross-entropy", "teacher"])
    #expect(abs(Double(step.loss) - (0.25 * hard + 0.75 * soft) / pixels) < 1e-5)
    #expect(abs(Double(step.parts["teacher"] ?? 0) - soft / pixels) < 1e-5)
    let sums = Self.batches.map { crossEntropy(model.logits(of: $0.images), $0.masks) }
    let plain = sums.reduce(0) { $0 + Double($1.mean.value.item) * Double($1.counted) } / pixels
    let validated = try #require(recorder.epochs.first?.validation?.loss)
    #expect(abs(Double(validated) - plain) < 1e-6)
  }

  /// Auxiliary outputs learn from masks.
  @Test func onlyTheNetworksOwnLogitsAreTaught() async throws {
    let teacher = try Self.teacher()
    func network() -> SupervisedNet {
      SupervisedNet.Configuration(classes: 3).makeNetwork(random: RandomStream(seed: 1))
    }
    let (model, batch, recorder) = (network(), Self.batches[0], Recorder())
    let loss = SegmentationLoss.crossEntropy
    let trainer = Trainer(
      model, optimizer: SGD(for: model), schedule: .constant(0.5), loss: { loss($0, $1) },
      teaching: Teaching(by: teacher) { loss($0, $1, teacher: $2) }, observers: [recorder])
    try await trainer.fit([batch], epochs: 1)
    let outputs = network().trainingLogits(of: batch.images, on: Tape())
    let plain = outputs.map { loss($0.logits, batch.masks).mean.value.item }
    let taught = loss(outputs[0].logits, batch.masks, teacher: teacher.logits(of: batch.images)).mean.value.item
    let step = try #require(recorder.steps.first)
    let expected = [
      "main": taught, "auxiliary": plain[1], "auxiliary2": plain[2], "cross-entropy": plain[0],
      "teacher": (taught - 0.25 * plain[0]) / 0.75,
    ]
    #expect(step.parts.keys.sorted() == expected.keys.sorted())
    for (name, value) in expected { #expect(abs((step.parts[name] ?? .nan) - value) < 1e-5, "\(name)") }
    let sum: Float = taught + 0.5 * plain[1] + 0.25 * plain[2]
    #expect(abs(step.loss - sum) < 1e-5)
  }

  private func train(in folder: String, stoppingAfter stop: Int? = nil) async throws -> [String: Tensor] {
    let scenes = tinyScenes(6)
    let teacher = try Self.teacher(labelSpace: scenes.labelSpace, classes: 10)
    let model = tinyNetwork(dropout: 0.3)
    let recorder = Recorder()
    if let stop { recorder.onStep = { if $0.step == stop { throw Stop() } } }
    let keeper = try CheckpointKeeper(in: folder, labelSpace: scenes.labelSpace, imageSize: 16, savingEvery: .zero)
    let loss = SegmentationLoss.dice
    let trainer = Trainer(
      model, optimizer: Adam(for: model), schedule: .constant(0.01), loss: { loss($0, $1) },
      teaching: Teaching(by: teacher) { loss($0, $1, teacher: $2) }, step: TrainingStep(batches: 2),
      random: RandomStream(seed: 3), observers: [recorder, keeper])
    let snapshot = try RunCheckpoints.newest(in: folder).map { try TrainingSnapshot(contentsOf: $0.path, into: model) }
    let loader = DataLoader(scenes, batchSize: 2, imageSize: 16, augmentation: .standard, steps: 4)
    try await trainer.fit(
      loader, validatingOn: DataLoader(scenes, batchSize: 3, imageSize: 16, shuffles: false), epochs: 2,
      resuming: snapshot)
    let file = try SafeTensors(contentsOf: keeper.lastPath)
    #expect(file.names.allSatisfy { !$0.contains("teacher") })
    let names = file.names.filter { file.entries[$0]?.type == .float32 }
    return Dictionary(uniqueKeysWithValues: try names.map { ($0, try file.tensor($0)) })
  }

  @Test func aRunResumesWithTheSameBits() async throws {
    let whole = try await withTemporaryFolder { try await train(in: $0) }
    for stops in [[1], [2, 3]] {
      try await withTemporaryFolder { folder in
        for stop in stops {
          await #expect(throws: Stop.self) { _ = try await train(in: folder, stoppingAfter: stop) }
        }
        let end = try await train(in: folder)
        #expect(end == whole, "stopped after steps \(stops)")
      }
    }
  }
}

import Foundation
import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraOptimizers
import TesseraNetworks
import TesseraScenes
import TesseraSegmentation
import TesseraTensorBoard
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct TensorBoardLoggerTests {
  private struct Stop: Error {}

  /// Writes down the reports, and stops a run behind a step or within a validation.
  private final class Watcher: TrainingObserver {
    var steps: [StepReport] = []
    var epochs: [EpochReport] = []
    var lastSteps: [Int] = []
    var stop: Int?
    var stopsInValidation = false

    func lastStepFound(_ gradients: Gradients, of model: any SegmentationModel, step: Int) {
      lastSteps.append(step)
      #expect(model.parameters.allSatisfy { gradients[$0]?.shape == $0.value.shape })
    }

    func stepEnded(_ report: StepReport) throws {
      steps.append(report)
      if report.step == stop && !stopsInValidation { throw Stop() }
    }

    func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) throws {
      if stopsInValidation && epoch * 3 == stop { throw Stop() }
    }

    func epochEnded(_ report: EpochReport, model: any SegmentationModel) { epochs.append(report) }
  }

  private let parameters = [
    HyperParameter("network", .text("unet"), isShownFirst: true), HyperParameter("rate", .number(0.01)),
    HyperParameter("shuffles", .flag(true)), HyperParameter("decay", .number(nil)),
  ]

  /// Two epochs of three steps in `folder`, from its checkpoint on where there is one.
  @discardableResult
  private func train(
    in folder: String, logging: Bool = true, histograms: Int? = 1, watcher: Watcher = Watcher()
  ) async throws -> UNet {
    let scenes = SyntheticScenes(count: 10, width: 16, height: 16, seed: 5)
    let model = UNet(.init(classes: 10, width: 2, dropout: 0.3), random: RandomStream(seed: 1))
    let logger = try TensorBoardLogger(
      in: folder, graph: model.graph(height: 16, width: 16), hyperParameters: parameters, pictures: 3,
      histogramsEvery: histograms)
    let keeper = try CheckpointKeeper(
      in: folder + "/checkpoints", labelSpace: scenes.labelSpace, imageSize: 16, savingEvery: .zero)
    // The logger is told before the run is stopped, and saved after it.
    let trainer = Trainer(
      model, optimizer: Adam(for: model), schedule: .constant(0.01), random: RandomStream(seed: 2),
      observers: (logging ? [logger] : []) + [watcher, keeper])
    let newest = try RunCheckpoints.newest(in: folder + "/checkpoints")
    try await trainer.fit(
      DataLoader(scenes, batchSize: 2, imageSize: 16, seed: 3, steps: 3),
      validatingOn: DataLoader(scenes, batchSize: 4, imageSize: 16, shuffles: false, steps: 2), epochs: 2,
      resuming: try newest.map { try TrainingSnapshot(contentsOf: $0.path, into: model) })
    return model
  }

  @Test func curvesAreTheReports() async throws {
    try await withTemporaryFolder { folder in
      let watcher = Watcher()
      try await train(in: folder, watcher: watcher)
      let (training, validation) = (try EventFile.joined(in: folder), try EventFile.joined(in: folder + "/validation"))
      #expect(watcher.lastSteps == [3, 6])
      func expect(_ tag: String, _ events: [Tensorboard_Event], _ points: [(Int, Float)]) {
        #expect(events.curve(tag) == Dictionary(uniqueKeysWithValues: points), "\(tag)")
      }
      expect("step/loss", training, watcher.steps.map { ($0.step, $0.loss) })
      expect("step/accuracy", training, watcher.steps.map { ($0.step, $0.accuracy) })
      expect("step/learning_rate", training, watcher.steps.map { ($0.step, 0.01) })
      expect("step/seconds", training, watcher.steps.map { ($0.step, Float($0.seconds)) })
      expect("step/data_seconds", training, watcher.steps.map { ($0.step, Float($0.dataSeconds)) })
      expect("epoch/loss", training, watcher.epochs.map { ($0.step, $0.loss) })
      expect("epoch/accuracy", training, watcher.epochs.map { ($0.step, $0.accuracy) })
      expect("epoch/seconds", training, watcher.epochs.map { ($0.step, Float($0.seconds)) })
      let results = watcher.epochs.compactMap { report in report.validation.map { (report.step, $0) } }
      try #require(results.count == 2)
      expect("epoch/loss", validation, results.map { ($0.0, $0.1.loss ?? .nan) })
      expect("epoch/accuracy", validation, results.map { ($0.0, $0.1.accuracy ?? .nan) })
      expect("epoch/mean_IoU", validation, results.map { ($0.0, Float($0.1.metrics.meanIoU)) })
      for (step, result) in results {
        for score in result.metrics.classes {
          let point = validation.curve("validation_IoU/\(score.name)")[step]
          #expect(point == (score.isAbsent ? nil : Float(score.iou)), "\(score.name)")
        }
      }
    }
  }

  @Test func histogramsHoldEveryNumberOfWeightsAndGradients() async throws {
    try await withTemporaryFolder { folder in
      let model = try await train(in: folder)
      let events = try EventFile.joined(in: folder)
      for (name, parameter) in model.namedParameters {
        let weights = events.values("weights/\(name)")
        let gradients = events.values("gradients/\(name)")
        #expect(weights.map(\.step) == [3, 6] && gradients.map(\.step) == [3, 6])
        let last = Histogram(of: parameter.value).buckets.flatMap { [$0.lower, $0.upper, Double($0.count)] }
        #expect(weights.last?.value.tensor.doubles == last, "\(name)")
        for histogram in weights + gradients {
          let counts = histogram.value.tensor.doubles.enumerated().filter { $0.offset % 3 == 2 }.map(\.element)
          #expect(counts.reduce(0, +) == Double(parameter.value.count), "\(name)")
        }
      }
    }
  }

  @Test func histogramsComeAsOftenAsAskedFor() async throws {
    try await withTemporaryFolder { folder in
      try await train(in: folder + "/second", histograms: 2)
      try await train(in: folder + "/none", histograms: nil)
      let second = try EventFile.joined(in: folder + "/second")
      #expect(second.values("weights/classifier.bias").map(\.step) == [6])
      #expect(second.values("gradients/classifier.bias").map(\.step) == [6])
      let tags = try EventFile.joined(in: folder + "/none").tags
      #expect(!tags.contains { $0.hasPrefix("weights/") || $0.hasPrefix("gradients/") } && tags.contains("epoch/loss"))
    }
  }

  @Test func theSamePicturesAreShownAfterEachEpoch() async throws {
    try await withTemporaryFolder { folder in
      try await train(in: folder)
      let events = try EventFile.joined(in: folder + "/validation")
      for name in ["scene 0", "scene 1", "scene 2", "classes"] {
        let pictures = events.values("image | truth | prediction/\(name)")
        #expect(pictures.map(\.step) == [3, 6], "\(name)")
        for (_, value) in pictures {
          let image = try Image(decoding: [UInt8](value.tensor.stringVal[2]), name: name)
          let size = value.tensor.stringVal.prefix(2).map { String(decoding: $0, as: UTF8.self) }
          #expect(size == ["\(image.width)", "\(image.height)"])
          // Three panels of seven times the width, with gaps.
          if name != "classes" { #expect(image.width == 3 * 112 + 12 && image.height == 112) }
        }
      }
      #expect(!events.tags.contains("image | truth | prediction/scene 3"))
    }
  }

  @Test func hyperParametersAndTheGraphAreToldOnce() async throws {
    try await withTemporaryFolder { folder in
      try await train(in: folder)
      let events = try EventFile.joined(in: folder)
      let graphs = try events.filter { !$0.graphDef.isEmpty }.map {
        try Tensorboard_GraphDef(serializedBytes: $0.graphDef)
      }
      #expect(graphs.count == 1 && graphs[0].node.contains { $0.name == "classifier/conv2D" })
      func data(_ name: String) throws -> Tensorboard_Hparams_HParamsPluginData {
        let values = events.values("_hparams_/\(name)")
        #expect(values.count == 1 && values.allSatisfy { $0.value.metadata.pluginData.pluginName == "hparams" })
        return try .init(serializedBytes: values[0].value.metadata.pluginData.content)
      }
      let experiment = try data("experiment").experiment
      #expect(experiment.hparamInfos.map(\.name) == ["network", "rate", "shuffles", "decay"])
      #expect(experiment.hparamInfos.map(\.type) == [.string, .float64, .bool, .float64])
      #expect(experiment.hparamInfos.map(\.differs) == [true, false, false, false])
      let validation = try EventFile.joined(in: folder + "/validation").tags
      for metric in experiment.metricInfos {
        #expect((metric.name.group == "validation" ? validation : events.tags).contains(metric.name.tag))
      }
      #expect(experiment.metricInfos.count == 5)
      let settings = try data("session_start_info").sessionStartInfo.hparams
      #expect(settings.count == 3 && settings["network"]?.stringValue == "unet")
      #expect(settings["rate"]?.numberValue == 0.01 && settings["shuffles"]?.boolValue == true)
      #expect(try data("session_end_info").sessionEndInfo.status == .success)
    }
  }

  /// In an epoch, behind its last step, within its validation, at the beginning; and the state before as the newest
  /// one.
  @Test(arguments: [(1, false), (2, false), (3, false), (3, true), (5, false), (6, true)], [false, true])
  func aResumedRunShowsNoStepTwice(stop: (Int, Bool), losesSave: Bool) async throws {
    try await withTemporaryFolder { folder in
      let watcher = Watcher()
      (watcher.stop, watcher.stopsInValidation) = stop
      await #expect(throws: Stop.self) { _ = try await train(in: folder, watcher: watcher) }
      let saved = folder + "/checkpoints/last.safetensors"
      if losesSave, stop.0 > 1 { try FileManager.default.removeItem(atPath: saved) }
      try await train(in: folder)
      let (training, validation) = (try EventFile.joined(in: folder), try EventFile.joined(in: folder + "/validation"))
      #expect(Set(training.curve("epoch/loss").keys) == [3, 6] && Set(validation.curve("epoch/loss").keys) == [3, 6])
      let steps = Set(training.curve("step/loss").keys)
      // A run that stopped before its validation goes on with that: its last step is not trained again.
      #expect(steps.isSubset(of: 1...6) && steps.count >= 5)
      #expect(training.values("weights/classifier.bias").map(\.step) == [3, 6])
      #expect(Set(training.values("gradients/classifier.bias").map(\.step)).isSubset(of: [3, 6]))
      #expect(validation.values("image | truth | prediction/scene 1").map(\.step) == [3, 6])
      #expect(training.filter { !$0.graphDef.isEmpty }.count == 1)
    }
  }

  @Test func loggingChangesNoBitOfTheWeights() async throws {
    try await withTemporaryFolder { folder in
      let with = try await train(in: folder + "/with")
      let without = try await train(in: folder + "/without", logging: false)
      for (one, two) in zip(with.parameters, without.parameters) { #expect(one.value == two.value) }
    }
  }

  @Test func aRunThatFailsBeforeItsFirstStepLeavesNoFile() async throws {
    try await withTemporaryFolder { folder in
      let logger = try TensorBoardLogger(in: folder + "/run", hyperParameters: parameters)
      logger.trainingStarts(TrainingPlan(epochs: 1, stepsPerEpoch: 1))
      #expect(logger.written.isEmpty)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/run") == [])
    }
  }
}

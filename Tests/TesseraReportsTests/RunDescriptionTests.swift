import Foundation
import TesseraImaging
import TesseraNetworks
import TesseraReports
import TesseraTensors
import TesseraTraining
import TestSupport
import Testing

/// Runs of programs with training of their own.
@Suite struct RunDescriptionTests {
  private let space = LabelSpace(names: ["sky", "road"], void: 255)
  private let model = UNet(.init(classes: 2, width: 3, dropout: 0), random: RandomStream(seed: 1))

  private func description(_ settings: [String: any Encodable & Sendable]) -> RunDescription {
    RunDescription(
      of: model, labelSpace: space, imageSize: ImageSize(width: 48, height: 32), settings: settings,
      started: ReportedRun.time)
  }

  /// A loop of one's own, which logs what it does.
  private func run(_ folder: String, _ settings: [String: any Encodable & Sendable]) throws -> RunRecord {
    try description(settings).write(toRun: folder)
    let log = try MetricsLog(path: folder + "/metrics.jsonl")
    for step in 1...2 {
      try log.stepEnded(
        StepReport(
          epoch: 1, step: step, stepInEpoch: step, loss: 1 / Float(step), accuracy: 0.5, learningRate: 0.01, images: 4,
          seconds: 1, dataSeconds: 0))
    }
    try log.epochEnded(
      EpochReport(epoch: 1, step: 2, loss: 0.75, accuracy: 0.5, validation: nil, seconds: 2), model: model)
    return try RunRecord(contentsOf: folder)
  }

  @Test func aRunOfOnesOwnIsReportedAndCompared() throws {
    try withTemporaryFolder { folder in
      let runs = [
        try run(folder + "/runs/a", ["learningRate": 0.01, "epochs": 1, "focus": 2]),
        try run(folder + "/runs/b", ["learningRate": 0.02, "epochs": 1, "focus": 3]),
      ]
      let options = runs[0].options
      #expect(options.model == "unet" && options.labelSpace == space && options.arguments == nil)
      #expect(options.count("parameterCount") == model.parameterCount && options.count("model.width") == 3)
      #expect(options.number("learningRate") == 0.01 && options.values["started"] == "2027-01-15T08:00:00Z")
      let page = try Elements(String(contentsOfFile: runs[0].writePage(), encoding: .utf8))
      for text in [
        "Finished 1 of 1 epochs", "learning rate 0.01", "image size 48 × 32", "More focus 2", "0 sky, 1 road",
      ] { #expect(page.text.contains(text), "\(text): \(page.text)") }
      // Nobody knows how its program is started.
      #expect(!page.text.contains("--resume") && page.text.contains("tessera report"))
      let differences = RunOptions.differences(among: runs.map(\.options))
      #expect(differences.map(\.name) == ["focus", "learningRate"])
      let comparison = try RunComparison(runs, usual: RunMetric.usualOnPages)
      let table = try Elements(ComparisonPage(of: comparison, smoothedOver: 1).html).text
      #expect(table.contains("learning rate 0.01 0.02") && table.contains("focus 2 3"))
    }
  }

  @Test func settingsMayBeWhateverJSONHoldsAndReplaceWhatIsKnown() throws {
    try withTemporaryFolder { folder in
      let options = try run(
        folder,
        [
          "model": "narrow", "frozen": ["backbone", "stem"], "shuffles": false, "rate": Double.infinity,
          "data": "a/b", "rateOf": ["head": 0.5],
        ]
      ).options
      #expect(options.model == "narrow")
      let values = [
        "frozen": "[backbone, stem]", "shuffles": "no", "rate": "infinite", "data": "a/b", "rateOf.head": "0.5",
      ]
      for (name, value) in values { #expect(options.values[name] == value) }
      #expect(try description([:]).json() == description([:]).json())
    }
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    try withTemporaryFolder { folder in
      try Data().write(to: URL(filePath: folder + "/file"))
      let error = #expect(throws: TrainingError.self) { try description([:]).write(toRun: folder + "/file/run") }
      let told = error?.description ?? ""
      #expect(told.hasPrefix("\(folder)/file/run: cannot be written: "), "\(told)")
    }
  }
}

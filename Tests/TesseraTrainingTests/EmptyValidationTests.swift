import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraOptimizers
import TesseraTerminal
import TesseraTraining
import Testing

@Suite struct EmptyValidationTests {
  /// A loss of 0 would be the best there is.
  @Test func aValidationThatCountsNothingHasNoFigures() async throws {
    let space = LabelSpace(names: ["a", "b", "c"], void: 255)
    let training = DataLoader(FixedSamples([[0, 1, 1, 2]], labelSpace: space), batchSize: 1, imageSize: 16)
    let void = DataLoader(
      FixedSamples([[0, 0, 0, 0]], labelSpace: LabelSpace(classes: space.classes, void: 0)), batchSize: 1, imageSize: 16)
    let model = tinyNetwork(classes: 3)
    let trainer = Trainer(model, optimizer: SGD(for: model), schedule: .constant(0.001))
    let reports = try await trainer.fit(training, validatingOn: void, epochs: 2).reports
    for report in reports {
      let validation = try #require(report.validation)
      #expect(validation.loss == nil && validation.accuracy == nil && validation.meanIoU == nil)
      #expect(report.score == -Double(report.loss), "the best epoch is found by the training loss")
    }
    try await withTemporaryFolder { folder in
      let log = try MetricsLog(path: folder + "/metrics.jsonl")
      try log.epochEnded(try #require(reports.first), model: tinyNetwork())
      let text = try String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8)
      #expect(text.contains(#""meanIoU":null"#) && text.contains(#""validationLoss":null"#))
    }
    var shown = ""
    let bar = ProgressBar(terminal: Terminal(canRedraw: false)) { shown += $0 }
    bar.epochEnded(try #require(reports.first), model: tinyNetwork())
    #expect(shown.contains("validation counted no pixel: all are void"))
  }
}

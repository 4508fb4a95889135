import Foundation
import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraKernels
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import TesseraTerminal
import TesseraTraining
import Testing

@Suite struct LossPartsTests {
  private final class Screen {
    var text = ""
  }

  /// Three times the cross-entropy, in two parts.
  private static func loss(_ logits: Variable, _ masks: MaskBatch) -> PixelLoss {
    let entropy = crossEntropy(logits, masks)
    var loss = PixelLoss(mean: entropy.mean * 3, logits: logits, masks: masks)
    loss.parts = ["whole": entropy.mean.value.item, "twice": entropy.mean.value.item * 2]
    return loss
  }

  @Test func namedPartsReachReportsBarAndLog() async throws {
    try await withTemporaryFolder { folder in
      let model = tinyNetwork()
      let recorder = Recorder()
      let log = try MetricsLog(path: folder + "/metrics.jsonl")
      let screen = Screen()
      let bar = ProgressBar(terminal: Terminal(canRedraw: true, width: 200)) { screen.text += $0 }
      let trainer = Trainer(
        model, optimizer: SGD(for: model), schedule: .constant(0.001), loss: Self.loss,
        step: TrainingStep(batches: 2), observers: [recorder, log, bar])
      try await trainer.fit(DataLoader(tinyScenes(8), batchSize: 2, imageSize: 16), epochs: 1)
      #expect(recorder.steps.count == 2)
      for step in recorder.steps {
        let parts = step.parts
        #expect(parts.keys.sorted() == ["twice", "whole"])
        #expect(abs((parts["twice"] ?? 0) + (parts["whole"] ?? 0) - step.loss) < 1e-5)
      }
      let lines = try String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8).split(separator: "\n")
      #expect(lines[0].contains(#""parts":{"twice":"#) && !lines[2].contains("parts"))
      #expect(screen.text.contains("  twice ") && screen.text.contains("  whole "))
    }
  }

  @Test func aLossWithoutPartsNamesNone() async throws {
    try await withTemporaryFolder { folder in
      let model = tinyNetwork()
      let log = try MetricsLog(path: folder + "/metrics.jsonl")
      let trainer = Trainer(model, optimizer: SGD(for: model), schedule: .constant(0.001), observers: [log])
      try await trainer.fit(DataLoader(tinyScenes(2), batchSize: 2, imageSize: 16), epochs: 1)
      #expect(try !String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8).contains("parts"))
    }
  }
}

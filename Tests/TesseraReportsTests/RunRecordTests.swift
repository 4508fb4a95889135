import Foundation
import TesseraCharts
import TesseraReports
import Testing

@Suite struct RunRecordTests {
  static let metrics = """
    {"event":"step","epoch":1,"step":1,"loss":4,"accuracy":0.1,"learningRate":0.001,"seconds":3,"dataSeconds":0.5}
    {"event":"step","epoch":1,"step":2,"loss":3,"accuracy":0.2,"learningRate":0.001,"seconds":1,"novelty":[1,{}]}
    {"event":"epoch","epoch":1,"loss":3.5,"accuracy":0.15,"validationLoss":3.25,"validationAccuracy":0.5,"meanIoU":0.25,"seconds":6}
    {"event":"resumed","step":2}
    {"event":"step","epoch":2,"step":3,"loss":5,"accuracy":0.3,"learningRate":0.0005,"seconds":2}
    {"event":"epoch","epoch":2,"loss":5,"accuracy":0.3,"validationLoss":3.5,"validationAccuracy":0.75,"seconds":5}
    {"event":"step","epoch":3,"step":4,"loss":2,"seconds":4}

    """

  private func error(_ folder: String) -> String {
    do {
      _ = try RunRecord(contentsOf: folder)
      return "none"
    } catch {
      return "\(error)"
    }
  }

  @Test func stepsEpochsAndWhatCameOfThemAreRead() throws {
    try withTemporaryFolder { folder in
      let run = try RunRecord(contentsOf: writeRun(folder + "/first run", metrics: Self.metrics))
      #expect(run.name == "first run")
      #expect(run.steps.map(\.loss) == [4, 3, 5, 2])
      #expect(run.steps[0].dataSeconds == 0.5 && run.steps[3].accuracy == nil && run.steps[3].learningRate == nil)
      #expect(run.epochs.map(\.meanIoU) == [0.25, nil])
      #expect(run.stepCount == 4)
      // Two epochs and the step behind them.
      #expect(run.seconds == 15)
      #expect(run.secondsPerStep == 2.5)
      let loss = try #require(run.outcome(of: .validationLoss))
      #expect(loss.final == 3.5 && loss.best == 3.25)
      let accuracy = try #require(run.outcome(of: .validationAccuracy))
      #expect(accuracy.final == 0.75 && accuracy.best == 0.75)
      #expect(RunMetric.learningRate.points(in: run).map(\.y) == [0.001, 0.001, 0.0005])
      #expect(RunMetric.meanIoU.points(in: run) == [ChartPoint(x: 1, y: 0.25)])
    }
  }

  @Test func aRunBeforeItsFirstStepHasNothing() throws {
    try withTemporaryFolder { folder in
      let run = try RunRecord(contentsOf: writeRun(folder + "/run"))
      #expect(run.steps.isEmpty && run.epochs.isEmpty && run.stepCount == 0)
      #expect(run.seconds == nil && run.secondsPerStep == nil && run.outcome(of: .validationLoss) == nil)
    }
  }

  /// Wherever a crash cuts the last line off, the lines before it count.
  @Test func aLineThatWasCutOffIsLeftOut() throws {
    try withTemporaryFolder { folder in
      let whole = Self.metrics.dropLast()
      let last = try #require(whole.lastIndex(of: "\n"))
      for length in stride(from: 1, to: whole.distance(from: last, to: whole.endIndex) - 1, by: 7) {
        let cut = String(whole[..<whole.index(last, offsetBy: length)])
        let run = try RunRecord(contentsOf: writeRun(folder + "/run", metrics: cut))
        #expect(run.steps.count == 3 && run.epochs.count == 2, "\(length)")
      }
      // A whole line without its end counts.
      #expect(try RunRecord(contentsOf: writeRun(folder + "/run", metrics: String(whole))).steps.count == 4)
    }
  }

  @Test(arguments: [
    ("{\"event\":\"step\",\"epo", "it is not a JSON object"),
    ("[1, 2]", "it is not a JSON object"),
    ("{\"step\":3}", "\"event\" is missing"),
    ("{\"event\":\"step\",\"loss\":3}", "\"step\" is missing"),
    ("{\"event\":\"step\",\"step\":3,\"loss\":\"low\"}", "\"loss\" has a value of the wrong kind"),
    ("{\"event\":\"epoch\",\"epoch\":1.5}", "\"epoch\" is 1.5, which is not a whole number"),
  ])
  func aBrokenLineIsLeftOutAndWithoutAnotherRefused(line: String, reason: String) throws {
    try withTemporaryFolder { folder in
      let path = try writeRun(folder + "/run", metrics: "\n\(line)\n")
      #expect(
        error(path) == "\(path)/metrics.jsonl, line 2: \(reason); restore or remove the line, or leave the run out")
      try writeRun(folder + "/run", metrics: "\n\(line)\n{\"event\":\"step\",\"step\":1,\"loss\":3}\n")
      let run = try RunRecord(contentsOf: path)
      #expect(run.steps.count == 1 && run.notes == ["metrics.jsonl, line 2 is left out: \(reason)"])
    }
  }

  /// Not every command that writes a page has an option for its place.
  @Test func aPageThatCannotBeWrittenAdvisesNoOption() throws {
    try withTemporaryFolder { folder in
      let path = try writeRun(folder + "/run", metrics: Self.metrics)
      try FileManager.default.createDirectory(atPath: path + "/report.html/inside", withIntermediateDirectories: true)
      let fault = #expect(throws: RunRecordError.self) { try RunRecord(contentsOf: path).writePage() }
      #expect(fault?.description.hasPrefix("\(path)/report.html cannot be written: ") == true)
      #expect(fault?.description.hasSuffix("; check the folder and the free space") == true)
    }
  }

  @Test func aFolderThatIsNoRunIsRefused() throws {
    try withTemporaryFolder { folder in
      #expect(
        error(folder + "/none")
          == "there is no folder \(folder)/none; name the folder of a run, such as runs/unet-2026-01-31-120000")
      #expect(
        error(folder)
          == "\(folder) is not the folder of a run: it has no config.json and no metrics.jsonl; name one that a trainer "
          + "wrote")
      let half = try writeRun(folder + "/half", metrics: nil)
      #expect(error(half).hasPrefix("\(half) is not the folder of a run: it has no metrics.jsonl; "))
      let bad = try writeRun(folder + "/bad", configuration: "[]")
      #expect(
        error(bad)
          == "\(bad)/config.json is not a run's configuration: it holds no JSON object; restore the file, or leave the "
          + "run out")
      let file = folder + "/file"
      try Data().write(to: URL(filePath: file))
      #expect(error(file) == "\(file) is a file, not the folder of a run; name the folder")
      try FileManager.default.createDirectory(atPath: folder + "/odd/config.json", withIntermediateDirectories: true)
      try Data().write(to: URL(filePath: folder + "/odd/metrics.jsonl"))
      #expect(error(folder + "/odd") == "\(folder)/odd/config.json cannot be read: it is a folder")
    }
  }
}

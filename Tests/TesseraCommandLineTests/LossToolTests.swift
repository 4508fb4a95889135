import Foundation
import TesseraNetworks
import Testing

/// Losses and class weights on the command line: refused, recorded, resumed.
@Suite struct LossToolTests {
  @Test(
    arguments: [
      ("--loss", "dise", "must be a sum of cross-entropy, focal=2, ohem=0.7:0.0625, boundary=10:5, dice, ", "dice"),
      ("--loss", "cross-entropy+lovas", "such as cross-entropy+0.5*dice; got lovas", "lovasz"),
      ("--loss", "dice+dice", "dice occurs twice; give it one weight, such as 2*dice; got dice+dice", nil),
      ("--loss", "0*dice", "needs a weight in 1e-06...1000000 before each *, such as 0.5*dice; got 0*dice", nil),
      (
        "--class-weights", "effective-number=1",
        "effective-number needs a number in 0...0.999999, such as effective-number=0.999; got effective-number=1", nil
      ),
      ("--class-weights", "median-frequency=2", "median-frequency has no value; got median-frequency=2", nil),
    ] as [(String, String, String, String?)])
  func mistakesAreToldBeforeAnythingIsWritten(option: String, value: String, message: String, hint: String?) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(tinyRun + [option, value, "--output", "run"], in: folder)
      let lines = outcome.errorLines
      #expect(outcome.status == 64 && lines.first?.contains(message) == true, "\(outcome.errors)")
      #expect(lines.contains("hint: did you mean \(hint ?? "")?") == (hint != nil), "\(outcome.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  private func record(_ run: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: contents("\(run)/config.json")) as? [String: Any])
  }

  @Test func aSumIsRecordedToldByPartsAndResumedExactly() throws {
    try withTemporaryFolder { folder in
      let words = tinyRun + ["--loss", "cross-entropy+0.5*dice+0.1*lovasz", "--class-weights", "median-frequency"]
      func train(_ words: [String]) throws -> Program.Outcome { try Program.unet.run(words, in: folder) }
      try #require(try train(words + ["--epochs", "1", "--output", "run"]).status == 0)
      let record = try record(folder + "/run")
      #expect(record["loss"] as? String == "cross-entropy+0.5*dice+0.1*lovasz")
      #expect(record["classWeights"] as? String == "median-frequency")
      let steps = try objects(String(decoding: contents(folder + "/run/metrics.jsonl"), as: UTF8.self))
      let parts = steps.compactMap { $0["parts"] as? [String: Double] }
      #expect(!parts.isEmpty && parts.allSatisfy { $0.keys.sorted() == ["cross-entropy", "dice", "lovasz"] })

      let other = try train(["--resume", "--output", "run", "--loss", "dice"])
      #expect(
        other.status == 1
          && other.errors.contains("--loss: cross-entropy+0.5*dice+0.1*lovasz in the run, dice now"), "\(other.errors)")
      let weighted = try train(["--resume", "--output", "run", "--class-weights", "inverse-log"])
      #expect(
        weighted.status == 1
          && weighted.errors.contains("--class-weights: median-frequency in the run, inverse-log now"))
      // The same sum in other words.
      let resumed = try train([
        "--resume", "--output", "run", "--epochs", "2", "--loss", "1*cross-entropy+0.50*dice+0.1*lovasz",
      ])
      try #require(resumed.status == 0, "\(resumed.errors)")
      try #require(try train(words + ["--output", "whole"]).status == 0)
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
    }
  }

  /// Runs of earlier versions say nothing of a loss.
  @Test func crossEntropyIsNotRecordedAndHasTheSameBits() throws {
    try withTemporaryFolder { folder in
      for (run, words) in [("plain", []), ("named", ["--loss", "cross-entropy"])] {
        let outcome = try Program.unet.run(tinyRun + words + ["--output", run], in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        #expect(try record("\(folder)/\(run)")["loss"] == nil)
      }
      #expect(try Evidence(folder + "/plain") == Evidence(folder + "/named"))
    }
  }

  @Test(arguments: [("dice", true), ("cross-entropy", false), ("focal", false), ("boundary+focal", true)])
  func aLossThatLooksAtEachBatchByItselfSaysSo(loss: String, says: Bool) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(
        tinyRun + ["--loss", loss, "--accumulate", "2", "--output", "run"], in: folder)
      #expect(outcome.status == 0)
      let sentence =
        " looks at each of the 2 batches of a step by itself: a step minimizes the mean of their losses, not "
      #expect(outcome.errors.contains(sentence) == says, "\(outcome.errors)")
    }
  }
}

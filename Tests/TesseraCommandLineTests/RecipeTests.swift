import Foundation
import TesseraNetworks
import TesseraSegmentation
import Testing

/// The options of learning, from the command line to what they do.
@Suite struct RecipeTests {
  private func rates(_ options: [String], in folder: String) throws -> [Double] {
    let run = "run-\(UUID().uuidString)"
    let outcome = try Program.unet.run(tinyRun + options + ["--output", run], in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try objects(String(decoding: contents("\(folder)/\(run)/metrics.jsonl"), as: UTF8.self))
      .compactMap { $0["learningRate"] as? Double }
  }

  /// Two epochs of three steps, from 0.001 on.
  @Test(arguments: [
    ("constant", ["--warm-up", "3"], [0.00025, 0.0005, 0.00075, 0.001, 0.001, 0.001]),
    ("cosine", ["--final-rate", "0.0001"], [0.001, 0.00093971, 0.000775, 0.00055, 0.000325, 0.00016029]),
    ("polynomial", [], [0.001, 0.00084867, 0.00069425, 0.00053589, 0.00037204, 0.00019937]),
    ("step", ["--decay-steps", "2", "--decay-factor", "0.5"], [0.001, 0.001, 0.0005, 0.0005, 0.00025, 0.00025]),
    ("step", [], [0.001, 0.001, 0.001, 0.0001, 0.0001, 0.0001]),
    (
      "exponential", ["--decay-steps", "1", "--decay-factor", "0.5"],
      [0.001, 0.0005, 0.00025, 0.000125, 6.25e-5, 3.125e-5]
    ),
    ("restarts", ["--decay-steps", "2"], [0.001, 0.0005, 0.001, 0.0005, 0.001, 0.0005]),
    ("one-cycle", ["--warm-up", "2"], [4e-5, 0.001, 0.00085355, 0.000500002, 0.00014645, 4e-9]),
  ])
  func schedulesGoFromStepToStep(name: String, options: [String], expected: [Double]) throws {
    try withTemporaryFolder { folder in
      let found = try rates(["--schedule", name] + options, in: folder)
      #expect(found.count == expected.count)
      for (rate, right) in zip(found, expected) { #expect(abs(rate - right) < 1e-4 * right + 1e-9, "\(found)") }
    }
  }

  private func weights(_ options: [String], in folder: String) throws -> [String: [UInt32]] {
    let run = "run-\(UUID().uuidString)"
    let outcome = try Program.unet.run(tinyRun + options + ["--output", run], in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try Evidence("\(folder)/\(run)").last.filter { !$0.key.hasPrefix("training/") }
  }

  /// Each of them changes the weights, in its own place.
  @Test func everyOptionHasItsEffect() throws {
    try withTemporaryFolder { folder in
      let plain = try weights([], in: folder)
      for option in [
        ["--clip-norm", "0.001"], ["--clip-value", "1e-6"], ["--accumulate", "2"], ["--rate-of", "encoder=0.1"],
        ["--label-smoothing", "0.1"], ["--class-weights", "1,2,3,4,5,6,7,8,9,10"], ["--class-weights", "inverse-log"],
        ["--loss", "dice"], ["--loss", "cross-entropy+0.1*lovasz"],
      ] {
        let changed = try weights(option, in: folder)
        #expect(changed != plain && changed.keys == plain.keys, "\(option)")
      }
      // Averages are validated; what is trained stays what it is.
      #expect(try weights(["--average-decay", "0.9"], in: folder) == plain)
      let start = try weights(["--learning-rate", "1e-30"], in: folder)
      let frozen = try weights(["--freeze", "encoder", "--freeze", "bottleneck"], in: folder)
      for (name, bits) in frozen {
        let isFrozen = name.hasPrefix("encoder") || name.hasPrefix("bottleneck")
        // The rate that nothing should move at moves a bias of 0 to 1e-30.
        let moves = zip(bits, start[name] ?? []).map { abs(Float(bitPattern: $0) - Float(bitPattern: $1)) }
        #expect((moves.max() ?? 1 < 1e-20) == isFrozen, "\(name)")
      }
      let decayed = try weights(
        ["--optimizer", "adamw", "--weight-decay", "0.5", "--learning-rate", "0.01"], in: folder)
      let spared = try weights(
        ["--optimizer", "adamw", "--weight-decay", "0.5", "--learning-rate", "0.01", "--no-bias-decay"], in: folder)
      #expect(decayed["classifier.bias"] != spared["classifier.bias"])
    }
  }

  @Test(arguments: [
    (
      ["--class-weights", "1,2"],
      "class weights: 10 are needed, one for each class in the order of their indices; got 2"
    ),
    (["--class-weights", "1,2,x"], "--class-weights: number 3, 'x', is not a number"),
    (
      ["--class-weights", "none.txt"],
      "--class-weights: none.txt is not a list of numbers and cannot be read as a file: "
    ),
    (
      ["--freeze", "decoders"],
      "the rules for parameters do not fit the model: no parameter at or below \"decoders\"; the model has "
    ),
    (
      ["--loss", "dice+focal", "--label-smoothing", "0.1"],
      "--label-smoothing has no effect with dice+focal=2; choose --loss cross-entropy, ohem or boundary"
    ),
    (["--weight-decay", "0.1"], "--weight-decay has no effect with adam; choose --optimizer adamw or sgd"),
    (["--no-bias-decay"], "--no-bias-decay has no effect with adam; choose --optimizer adamw or sgd"),
    (
      ["--decay-factor", "0.5"],
      "--decay-factor has no effect with constant; choose --schedule step, exponential or plateau"
    ),
    (
      ["--schedule", "cosine", "--plateau-patience", "2"],
      "--plateau-patience has no effect with cosine; choose --schedule plateau"
    ),
    (
      ["--schedule", "cosine", "--warm-up", "6"], "--warm-up 6 is not shorter than the run, which has 6 steps; lower it"
    ),
  ])
  func whatCannotBeIsSaidBeforeAnythingIsWritten(options: [String], message: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(tinyRun + options + ["--output", "run"], in: folder)
      expectFailure(outcome)
      #expect(outcome.errors.hasPrefix("Error: " + message), "\(outcome.errors)")
      #expect(try files(in: folder).isEmpty)
    }
  }

  /// Runs of versions that accepted such options go on.
  @Test func aResumedRunOnlyNotesWhatHasNoEffect() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "run"], in: folder).status == 0)
      let outcome = try Program.unet.run(
        ["--resume", "--output", "run", "--epochs", "3", "--final-rate", "0.1"], in: folder)
      #expect(outcome.status == 0)
      #expect(
        outcome.errorLines.contains(
          "note: --final-rate has no effect with constant; choose --schedule cosine, polynomial, restarts or "
            + "plateau"))
    }
  }

  @Test func classWeightsMayBeAFile() throws {
    try withTemporaryFolder { folder in
      try write((1...10).map { "\($0)\n" }.joined(), to: folder + "/weights.txt")
      let listed = try weights(["--class-weights", "1,2,3,4,5,6,7,8,9,10"], in: folder)
      #expect(try weights(["--class-weights", "weights.txt"], in: folder) == listed)
    }
  }

  @Test func patienceAndTimeEndARunAndSaySo() throws {
    try withTemporaryFolder { folder in
      let patient = tinyRun + ["--epochs", "9", "--learning-rate", "1e-30", "--patience", "2", "--output", "patient"]
      let ended = try Program.unet.run(patient, in: folder)
      #expect(ended.status == 0)
      #expect(ended.output.contains("ended after epoch 3: 2 epochs without a better score than epoch 1's\n"))
      let timed = try Program.unet.run(tinyRun + ["--time-limit", "0", "--output", "timed"], in: folder)
      #expect(timed.status == 0)
      #expect(timed.output.contains("the time is up after step 1; continue with --resume --output timed\n"))
      #expect(try Program.unet.run(["--resume", "--output", "timed", "--time-limit", "9"], in: folder).status == 0)
      try #require(try Program.unet.run(tinyRun + ["--output", "whole"], in: folder).status == 0)
      #expect(try Evidence(folder + "/timed") == Evidence(folder + "/whole"))
    }
  }

  @Test func severalBestEpochsAreKept() throws {
    try withTemporaryFolder { folder in
      try #require(
        try Program.unet.run(tinyRun + ["--epochs", "4", "--keep-best", "2", "--output", "run"], in: folder).status == 0
      )
      let kept = try files(in: folder + "/run/checkpoints").filter { $0.hasPrefix("epoch-") }
      #expect(kept.count == 2)
      let best = try SegmentationCheckpoint(contentsOf: folder + "/run/checkpoints/best.safetensors")
      let number = try #require(best.notes["epoch"])
      #expect(kept.contains("epoch-00\(number).safetensors"))
    }
  }
}

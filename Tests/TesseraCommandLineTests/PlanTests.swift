import Foundation
import Testing

/// What `plan` says before a run, against the run.
@Suite struct PlanTests {
  private func plan(_ words: [String], in folder: String) throws -> (status: Int32, [String: Any], errors: String) {
    let outcome = try Program.tessera.run(["plan"] + words + ["--json"], in: folder)
    return (outcome.status, try objects(outcome.output).first ?? [:], outcome.errors)
  }

  private func number(_ key: String, _ plan: [String: Any]) throws -> Double {
    try #require((plan[key] as? NSNumber)?.doubleValue, "\(key)")
  }

  /// Runs it, and looks at its memory until it ends.
  private func peakMegabytes(of words: [String], in folder: String) throws -> Double {
    let running = try Program.tessera.start(words, in: folder)
    var peak = 0.0
    while running.process.isRunning {
      let status = try? String(contentsOfFile: "/proc/\(running.process.processIdentifier)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      peak = max(peak, line.flatMap { Double($0.filter(\.isNumber)) }.map { $0 / 1024 } ?? 0)
      Thread.sleep(forTimeInterval: 0.005)
    }
    let outcome = try running.wait()
    #expect(outcome.status == 0, "\(outcome.errors)")
    return peak
  }

  @Test(arguments: [
    ["unet", "--width", "8", "--image-size", "64"],
    ["deeplabv3plus-mobilenetv2", "--image-size", "96x64", "--accumulate", "2", "--loss", "cross-entropy+dice"],
  ])
  func aPlanSaysWhatTheRunTakes(words: [String]) throws {
    try withTemporaryFolder { folder in
      let words = words + "--epochs 2 --steps-per-epoch 4 --batch-size 4 --validation-steps 2 --threads 1".words
      let (status, plan, errors) = try plan(words, in: folder)
      try #require(status == 0, "\(errors)")
      #expect(try files(in: folder).isEmpty)
      let peak = try peakMegabytes(of: ["train"] + words + ["--output", "run"], in: folder)
      for key in ["peakMegabytes", "rehearsedMegabytes"] {
        let said = try number(key, plan)
        #expect(abs(said - peak) < 0.1 * peak, "\(key): \(said) for \(peak)")
      }
      #expect(plan["network"] as? String == words[0] && plan["fits"] as? Bool == true)
      #expect(plan["stepsPerEpoch"] as? Int == 4 && plan["validationBatches"] as? Int == 2)
      let step = try number("stepSeconds", plan)
      let pictures = try number("picturesPerSecond", plan)
      #expect(abs(pictures * step - (words.contains("--accumulate") ? 8 : 4)) < 1e-6)
      #expect(try number("seconds", plan) >= 8 * step)
      let record = try JSONSerialization.jsonObject(with: contents(folder + "/run/config.json")) as? [String: Any]
      #expect(plan["parameters"] as? Int == record?["parameterCount"] as? Int)
      let activations = try #require(plan["activations"] as? [[String: Any]])
      #expect(activations.count > 5 && activations.allSatisfy { $0["megabytes"] is NSNumber })
    }
  }

  @Test func aPlanIsATableForPeople() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(["plan", "unet"] + tinyRun, in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      for part in [
        "unet: ", "steps of 2 pictures, 2 epochs of 3 steps, validations of 1 batch, ", "\nencoder.0", "\ntotal ",
        "\nmemory: ", "\nspeed: ", "\ntime: an epoch 0:00:0",
      ] {
        #expect(outcome.output.contains(part), "\(part): \(outcome.output)")
      }
      #expect(!outcome.output.contains("what takes less"))
    }
  }

  static let huge = "--width 2048 --image-size 128 --batch-size 4".words

  @Test func whatDoesNotFitIsSaidWithWhatDoes() throws {
    try withTemporaryFolder { folder in
      let (status, plan, _) = try plan(["unet"] + Self.huge, in: folder)
      #expect(status == 1 && plan["fits"] as? Bool == false && plan["seconds"] == nil)
      let peak = try number("peakMegabytes", plan)
      #expect(try peak > number("totalMegabytes", plan))
      let remedies = try #require(plan["remedies"] as? [[String: Any]])
      let options = remedies.compactMap { $0["options"] as? String }
      // Nearly all are weights, and smaller batches would add a sum of their gradients.
      #expect(options.map { $0.prefix { $0 != " " } } == ["--width", "--image-size"], "\(options)")
      for remedy in remedies {
        #expect(try number("peakMegabytes", remedy) < peak)
        #expect(try number("work", remedy) < 0.6)
      }
      #expect(try files(in: folder).isEmpty)
      let train = try Program.unet.run(Self.huge + ["--output", "run"], in: folder)
      expectFailure(train)
      #expect(train.errorLines.first?.hasPrefix("Error: training takes about ") == true, "\(train.errors)")
      #expect(try files(in: folder).isEmpty)
    }
  }

  @Test(arguments: [
    (["unet", "--resume", "--output", "run"], "Error: a plan is that of a new run: leave out --resume"),
    (
      ["unet", "--until", "07:00"], "Error: a plan is that of all epochs: leave out --until, which 'train' fits them to"
    ),
    (["unte"], "Error: unknown network 'unte'; did you mean unet?"),
    (["unet", "--image-size", "100"], "Error: --image-size must be a multiple of 16 for unet; got 100"),
  ])
  func wrongUsageReturns64(words: [String], message: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(["plan"] + words, in: folder)
      #expect(outcome.status == 64 && outcome.errorLines.first == message, "\(outcome.errors)")
    }
  }

  // MARK: - Until

  private func word(_ seconds: Double) -> String {
    ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: seconds))
  }

  @Test func aRunEndsCompleteBeforeItsTime() throws {
    try withTemporaryFolder { folder in
      let words = "--width 4 --image-size 32 --steps-per-epoch 8 --batch-size 2 --validation-steps 1 --threads 1".words
      let end = Date(timeIntervalSinceNow: 9)
      let run = try Program.unet.run(words + ["--until", word(9), "--output", "run"], in: folder)
      try #require(run.status == 0, "\(run.errors)")
      #expect(Date() < end.addingTimeInterval(1))
      let match = try #require(
        run.errors.firstMatch(of: #/--until \S+: ([\d,]+) epochs? of (\d+) steps?, done at about /#))
      let epochs = try #require(Int(match.1.replacing(",", with: "")))
      let record = try JSONSerialization.jsonObject(with: contents(folder + "/run/config.json")) as? [String: Any]
      #expect(record?["epochs"] as? Int == epochs && record?["stepsPerEpoch"] as? Int == Int(match.2))
      // A resumed run has the same schedule, without asking the clock.
      let resumed = try Program.unet.run(["--resume", "--output", "run"], in: folder)
      #expect(resumed.status == 0)
      let after = try JSONSerialization.jsonObject(with: contents(folder + "/run/config.json")) as? [String: Any]
      #expect(after?["epochs"] as? Int == epochs)
      let again = try Program.unet.run(
        ["--resume", "--output", "run", "--epochs", "\(epochs + 1)", "--until", word(60)], in: folder)
      #expect(again.status == 64, "one says when the run ends")
    }
  }

  /// The speed was measured by a training that ended: requests to end reach the one that follows.
  @Test func aRunWithATimeCanBeInterrupted() throws {
    try withTemporaryFolder { folder in
      let words = "--width 4 --image-size 32 --steps-per-epoch 8 --batch-size 2 --validation-steps 1 --threads 1".words
      let running = try Program.unet.start(words + ["--until", word(30), "--output", "run"], in: folder)
      let start = ContinuousClock.now
      while (try? contents(folder + "/run/metrics.jsonl").isEmpty) ?? true, running.process.isRunning {
        guard start.duration(to: .now) < .seconds(30) else { break }
        Thread.sleep(forTimeInterval: 0.01)
      }
      kill(running.process.processIdentifier, SIGTERM)
      let outcome = try running.wait()
      #expect(outcome.status == 130)
      #expect(outcome.errorLines.last == "hint: unet --resume --output run continues from here")
    }
  }

  @Test func aResumedRunKeepsItsScheduleUntilThen() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--time-limit", "0", "--output", "run"], in: folder).status == 0)
      let resumed = try Program.unet.run(
        ["--resume", "--output", "run", "--until", word(60), "--time-limit", "1"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(resumed.errors.contains("the run keeps its schedule of 2 epochs; if it is not complete at "))
      let lines = try objects(String(decoding: contents(folder + "/run/metrics.jsonl"), as: UTF8.self))
      #expect(lines.filter { $0["event"] as? String == "epoch" }.count == 2)
    }
  }

  @Test func atimeThatHasPassedOrIsTooNearIsRefused() throws {
    try withTemporaryFolder { folder in
      let past = try Program.unet.run(tinyOpenRun + ["--until", "2001-01-31T07:00Z", "--output", "run"], in: folder)
      expectFailure(past)
      let moment =
        #/Error: --until 2001-01-31T07:00Z has passed: it is \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)/#
      #expect(past.errorLines.first?.wholeMatch(of: moment) != nil, "\(past.errors)")
      let words = "--width 8 --image-size 128 --batch-size 32 --validation-steps 0".words
      let near = try Program.unet.run(words + ["--until", word(2), "--output", "run"], in: folder)
      expectFailure(near)
      #expect(near.errorLines.first?.contains("one step with its validation") == true, "\(near.errors)")
      #expect(try files(in: folder).isEmpty)
    }
  }

  private let tinyOpenRun = "--width 4 --image-size 32 --batch-size 2".words
}

extension String {
  fileprivate var words: [String] { split(separator: " ").map(String.init) }
}

import Foundation
import Testing

/// `tessera find-rate`.
@Suite struct FindRateTests {
  private func findRate(_ line: String, in folder: String) throws -> Program.Outcome {
    try Program.tessera.run(["find-rate"] + line.split(separator: " ").map(String.init), in: folder)
  }

  private static let small = "unet --width 4 --image-size 32 --batch-size 2 --steps 40"

  @Test func aRateIsNamedThatTrainsAndNothingButItsCurveIsLeft() throws {
    try withTemporaryFolder { folder in
      let outcome = try findRate(
        "\(Self.small) --learning-rate 5 --seed 3 --curve curves/rate.svg --output runs/x", in: folder)
      try #require(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      #expect(try files(in: folder) == ["curves/rate.svg"])
      let lines = outcome.output.split(separator: "\n").map(String.init)
      #expect(lines[0].hasPrefix("loss: lowest ("))
      #expect(lines[1].contains(#/^trial: loss [0-9.]+ to [0-9.]+ in 40 steps at [0-9.e-]+$/#))
      let command = try #require(lines[2].firstMatch(of: #/^learning rate ([0-9.e-]+): tessera (train .*)$/#))
      #expect(
        command.2
          == "train unet --width 4 --image-size 32 --batch-size 2 --seed 3 --output runs/x --learning-rate \(command.1)"
      )
      #expect(lines[3] == "wrote curves/rate.svg" && lines.count == 4)
      let rate = try #require(Double(command.1))
      #expect((1e-6...0.1).contains(rate))
      let picture = try String(contentsOfFile: folder + "/curves/rate.svg", encoding: .utf8)
      for text in [">learning rate</text>", ">named: \(rate)</text>", ">1e-6</text>", ">0.1</text>"] {
        #expect(picture.contains(text), "\(text)")
      }
      // What it prints does what it says.
      let words = command.2.split(separator: " ").map(String.init) + ["--epochs", "1", "--steps-per-epoch", "60"]
      let run = try Program.tessera.run(words, in: folder)
      #expect(run.status == 0, "\(run.errors)")
    }
  }

  @Test func theFolderOfAnotherRunIsLeftOutOfTheCommand() throws {
    try withTemporaryFolder { folder in
      try write("{}", to: folder + "/run/metrics.jsonl")
      let outcome = try findRate("\(Self.small) --seed 3 --output run", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.errors
          == "note: run already holds a run, so the command is without --output: it makes a folder of its own\n")
      let command = try #require(outcome.output.firstMatch(of: /tessera (train unet .*)\n/)).1
      #expect(!command.contains("--output") && command.contains("--seed 3 --learning-rate "))
      let run = try Program.tessera.run(arguments("\(command) --epochs 1 --steps-per-epoch 2"), in: folder)
      #expect(run.status == 0, "\(run.errors)")
    }
  }

  @Test(arguments: [
    ("find-rate unet --steps 100000", "interrupted before a rate was found: nothing was written"),
    ("plan unet --image-size 128", "interrupted before the plan was complete"),
    ("train unet --image-size 128 --until 23:59", "interrupted before the first step: nothing was written"),
  ])
  func anInterruptedMeasurementSaysSo(line: String, words: String) throws {
    try withTemporaryFolder { folder in
      let running = try Program.tessera.start(arguments(line), in: folder)
      let start = ContinuousClock.now
      while !catchesInterrupts(running.process.processIdentifier), start.duration(to: .now) < .seconds(60) {
        Thread.sleep(forTimeInterval: 0.005)
      }
      kill(running.process.processIdentifier, SIGINT)
      let outcome = try running.wait()
      #expect(outcome.status == 130)
      #expect(outcome.errorLines.last == words, "\(outcome.errors)")
      #expect(try files(in: folder).isEmpty)
    }
  }

  /// Whether a process has a handler for control-C.
  private func catchesInterrupts(_ process: pid_t) -> Bool {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let caught = status.firstMatch(of: /SigCgt:\s*([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) } ?? 0
    return caught >> (UInt64(SIGINT) - 1) & 1 == 1
  }

  @Test func jsonHasThePointsAndTheSameBitsForAnyNumberOfThreads() throws {
    try withTemporaryFolder { folder in
      let outcomes = try [1, 2].map { try findRate("\(Self.small) --seed 3 --json --threads \($0)", in: folder) }
      let values = try outcomes.map { try #require(objects($0.output).first) }
      let points = values.map { $0["points"] as? [[String: Double]] ?? [] }
      #expect(points[0] == points[1] && (10...40).contains(points[0].count))
      #expect(abs((points[0][0]["rate"] ?? 0) / 1e-7 - 1) < 1e-12)
      let rate = try #require(values[0]["learningRate"] as? Double)
      #expect(rate == values[1]["learningRate"] as? Double)
      #expect((values[0]["trial"] as? [Double])?.count == 40)
      #expect((values[0]["command"] as? String)?.hasSuffix("--threads 1 --learning-rate \(rate)") == true)
      let lowest = try #require(values[0]["lowestLossRate"] as? Double)
      #expect(rate <= lowest / 9.4)
    }
  }

  @Test func aNetworkThatCannotLearnGetsNoRate() throws {
    try withTemporaryFolder { folder in
      let outcome = try findRate("\(Self.small) --to 1e-6", in: folder)
      #expect(
        outcome.status == 1 && outcome.errors.hasPrefix("Error: the loss does not fall at any rate: "),
        "\(outcome.errors)")
      #expect(try files(in: folder).isEmpty)
    }
  }

  @Test(arguments: [
    ("unnet", "Error: unknown network 'unnet'; did you mean unet?"),
    ("unet --steps 5", "Error: --steps must lie in 20...100000; got 5"),
    ("unet --from 0", "Error: --from must lie in 1e-30...1e+30; got 0.0"),
    ("unet --from 1 --to 2", "Error: --to must be at least 10 times --from; got 1.0 and 2.0"),
    ("unet --curve rate.png", "Error: --curve must end in .svg; got rate.png"),
    ("unet --resume --output x", "Error: a rate is found for a new run; leave out --resume"),
    ("unet --clip-norm 1 --clip-value 1", "Error: give either --clip-norm or --clip-value"),
    ("unet --head convolutionalized", "Error: unet has no --head; fcnn has"),
  ])
  func wrongUsageReturns64(line: String, message: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try findRate(line, in: folder)
      #expect(outcome.status == 64 && outcome.errorLines.first == message, "\(outcome.errors)")
      #expect(try files(in: folder).isEmpty)
    }
  }
}

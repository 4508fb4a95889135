import Foundation
import TesseraCheckpoints
import TesseraNetworks
import TesseraReports
import TesseraSegmentation
import Testing

/// `--resume` as a user meets it.
@Suite struct ResumptionTests {
  /// A run of a second or so that saves after every step, with time left after the last step that tests wait for.
  static let options =
    "--width 4 --image-size 32 --epochs 6 --steps-per-epoch 10 --batch-size 2 --validation-steps 2 --save-every 0"
    .split(separator: " ").map(String.init)

  /// Waits until a run has done so many steps.
  private func wait(for steps: Int, of running: Program.Running, in run: String) {
    let start = ContinuousClock.now
    func done() -> Int {
      (try? String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8))?.count { $0 == "\n" } ?? 0
    }
    while running.process.isRunning, done() < steps, start.duration(to: .now) < .seconds(60) {
      Thread.sleep(forTimeInterval: 0.002)
    }
  }

  private func kill(after steps: Int, _ arguments: [String], in folder: String) throws {
    let running = try Program.unet.start(arguments, in: folder)
    wait(for: steps, of: running, in: folder + "/run")
    Foundation.kill(running.process.processIdentifier, SIGKILL)
    #expect(try running.wait().status == -SIGKILL)
  }

  @Test func aRunThatIsKilledAgainAndAgainEndsWithTheSameBits() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(Self.options + ["--output", "whole"], in: folder).status == 0)
      var arguments = Self.options + ["--output", "run"]
      for steps in [4, 14, 23, 36] {
        try kill(after: steps, arguments, in: folder)
        arguments = ["--resume", "--output", "run", "--save-every", "0", "--threads", "\(1 + steps % 3)"]
      }
      let end = try Program.unet.run(arguments, in: folder)
      #expect(end.status == 0)
      #expect(end.errorLines.first?.contains(/^continuing after step \d+$/) == true, "\(end.errors)")
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
      #expect(try filesOfRun(folder + "/run") == filesOfRun(folder + "/whole"))
    }
  }

  @Test func aRunThatWasKilledBeforeItWasSavedBeginsAnew() throws {
    try withTemporaryFolder { folder in
      let rarely = Self.options.dropLast() + ["10"]
      try #require(try Program.unet.run(rarely + ["--output", "whole"], in: folder).status == 0)
      try kill(after: 3, rarely + ["--output", "run"], in: folder)
      try #require(try !files(in: folder + "/run").contains("checkpoints/last.safetensors"))
      #expect(try Program.unet.run(["--resume", "--output", "run"], in: folder).status == 0)
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
    }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func anInterruptedRunGoesOn(signal: Int32) throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(Self.options + ["--output", "whole"], in: folder).status == 0)
      let running = try Program.unet.start(Self.options + ["--output", "run"], in: folder)
      wait(for: 12, of: running, in: folder + "/run")
      Foundation.kill(running.process.processIdentifier, signal)
      #expect(try running.wait().status == 130)
      #expect(try Program.unet.run(["--resume", "--output", "run"], in: folder).status == 0)
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
    }
  }

  @Test func optionsThatChangeTheMathematicsAreRefusedWithAList() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "run"], in: folder).status == 0)
      let before = try contents(folder + "/run/checkpoints/last.safetensors")
      let changes = [
        "--learning-rate", "0.01", "--width", "8", "--batch-size", "4", "--no-shuffle", "--clip-norm", "1", "--seed",
        "5",
      ]
      let outcome = try Program.unet.run(["--resume", "--output", "run"] + changes, in: folder)
      #expect(outcome.status == 1)
      #expect(
        outcome.errors == """
          Error: run cannot be resumed with changes to what it computes:
            --batch-size: 2 in the run, 4 now
            --clip-norm: not set in the run, 1 now
            --learning-rate: 0.001 in the run, 0.01 now
            --width: 4 in the run, 8 now
            --seed: 1234 in the run, 5 now
            --no-shuffle: 1 in the run, 0 now
          undo these to resume, or start a new run in another --output

          """)
      #expect(try contents(folder + "/run/checkpoints/last.safetensors") == before)
      expectFailure(
        try Program.fcnn.run(["--resume", "--output", "run"], in: folder),
        "Error: run is a run of unet; continue it with unet --resume --output run")
    }
  }

  @Test func aFinishedRunSaysSoAndStaysAsItIs() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "run"], in: folder).status == 0)
      func everything() throws -> [String: Data] {
        try Dictionary(uniqueKeysWithValues: files(in: folder).map { ($0, try contents("\(folder)/\($0)")) })
      }
      let before = try everything()
      let outcome = try Program.unet.run(["--resume", "--output", "run"], in: folder)
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      #expect(
        outcome.output == "unet: the run in run is finished: all 2 epochs are done; a larger --epochs continues it\n")
      #expect(try everything() == before)
    }
  }

  /// The rate rises until the second epoch breaks; the first one's checkpoint is from before.
  @Test func aRunThatBrokeGoesOnWithALowerRateAndRemembersIt() throws {
    try withTemporaryFolder { folder in
      let options =
        "--width 4 --image-size 32 --epochs 3 --steps-per-epoch 10 --batch-size 2 --validation-steps 1 --output run "
        + "--optimizer sgd --learning-rate 20 --warm-up 29"
      let broken = try Program.unet.run(options.split(separator: " ").map(String.init), in: folder)
      try #require(broken.status == 1, "\(broken.errors)")
      let hint = try #require(broken.errorLines.last)
      #expect(hint.hasPrefix("hint: unet --resume --output run --learning-rate 2 "), "\(hint)")
      let resume = ["--resume", "--output", "run"]
      #expect(
        try Program.unet.run(resume + ["--learning-rate", "50"], in: folder).errors.contains("cannot be resumed"))
      let lower = try Program.unet.run(resume + ["--learning-rate", "1e-6"], in: folder)
      try #require(lower.status == 0, "\(lower.errors)")
      let object = try JSONSerialization.jsonObject(with: contents(folder + "/run/config.json"))
      let record = try #require(object as? [String: Any])
      #expect(record["learningRate"] as? Double == 1e-6)
      #expect((record["arguments"] as? [String])?.suffix(2) == ["--learning-rate", "1e-6"])
      // From here on it is the run's own.
      #expect(try Program.unet.run(resume + ["--epochs", "4"], in: folder).status == 0)
      #expect(
        try Program.unet.run(resume + ["--epochs", "5", "--learning-rate", "1e-7"], in: folder).status == 1)
    }
  }

  @Test func pipesAreNamedAndNeverWaitedFor() throws {
    try withTemporaryFolder { folder in
      for (file, arguments) in [
        ("run/metrics.jsonl", tinyRun + ["--output", "run"]), ("old/config.json", ["--resume", "--output", "old"]),
        ("weights", tinyRun + ["--output", "new", "--class-weights", "weights"]),
      ] {
        let path = "\(folder)/\(file)"
        try FileManager.default.createDirectory(
          atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try #require(mkfifo(path, 0o600) == 0)
        let outcome = try Program.unet.run(arguments, in: folder)
        expectFailure(outcome)
        #expect(outcome.errors.contains("it is a pipe, not a file"), "\(outcome.errors)")
      }
    }
  }

  @Test func moreEpochsGoOnWhereTheRunEnded() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "run"], in: folder).status == 0)
      let longer = try Program.unet.run(["--resume", "--output", "run", "--epochs", "4"], in: folder)
      #expect(longer.status == 0 && longer.errorLines.count == 3)
      try #require(try Program.unet.run(tinyRun + ["--epochs", "4", "--output", "whole"], in: folder).status == 0)
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
    }
  }

  /// They are named by a relative path, and are gone when the run goes on.
  @Test func initialWeightsAreWhereTheRunBegan() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "first"], in: folder).status == 0)
      try FileManager.default.moveItem(
        atPath: folder + "/first/checkpoints/best.safetensors", toPath: folder + "/start.safetensors")
      let options = tinyRun + ["--initial-weights", "start.safetensors", "--seed", "5"]
      try #require(try Program.unet.run(options + ["--epochs", "3", "--output", "whole"], in: folder).status == 0)
      try #require(try Program.unet.run(options + ["--output", "run"], in: folder).status == 0)
      try FileManager.default.removeItem(atPath: folder + "/start.safetensors")
      let outcome = try Program.unet.run(["--resume", "--output", "run", "--epochs", "3"], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
    }
  }

  @Test func otherFilesAreOtherData() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      try #require(try Program.unet.run(tinyRun + ["--data", "data", "--output", "run"], in: folder).status == 0)
      // The same files elsewhere are the same data, from whatever folder the run goes on.
      try FileManager.default.moveItem(atPath: folder + "/data", toPath: folder + "/moved")
      let resume = ["--resume", "--output", "run", "--epochs", "3"]
      #expect(try Program.unet.run(resume + ["--data", "moved"], in: folder).status == 0)
      #expect(
        try Program.unet.run(["--resume", "--output", "../run", "--epochs", "4"], in: folder + "/moved").status == 0)
      try writeDataset(at: folder + "/moved", count: 11)
      let outcome = try Program.unet.run(["--resume", "--output", "run", "--epochs", "5"], in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("  the files of --data: 2 added: images/10.png, masks/10.png\n"))
    }
  }

  @Test func aDamagedCheckpointIsPassedOver() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(Self.options + ["--output", "run"], in: folder).status == 0)
      let whole = try Evidence(folder + "/run")
      let path = folder + "/run/checkpoints/last.safetensors"
      var bytes = try contents(path)
      bytes[bytes.count / 2] ^= 16
      try bytes.write(to: URL(filePath: path))
      let outcome = try Program.unet.run(["--resume", "--output", "run"], in: folder)
      #expect(outcome.status == 0)
      let warning = try #require(outcome.errorLines.first)
      #expect(warning.hasPrefix("Warning: run/checkpoints/last.safetensors: the file is damaged: its checksum is "))
      #expect(warning.hasSuffix("Continuing from run/checkpoints/previous.safetensors."))
      #expect(try Evidence(folder + "/run") == whole)
    }
  }

  /// The weights are those of the run, but whoever opens them would take them for another network.
  @Test func aCheckpointWhoseDescriptionDiffersFromItsRunIsRefused() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "run"], in: folder).status == 0)
      let path = folder + "/run/checkpoints/last.safetensors"
      let file = try SafeTensors(contentsOf: path)
      let isText = { (name: String) in file.entries[name]?.type != .float32 }
      var metadata = file.metadata
      metadata["tessera"] = metadata["tessera"]?.replacing(/"dropout":[0-9.]+/, with: #""dropout":0.25"#)
        .replacing(#""name":"sky""#, with: #""name":"roof""#)
      try SafeTensors.write(
        file.names.filter { !isText($0) }.map { ($0, try file.tensor($0)) },
        texts: file.names.filter(isText).map { ($0, try file.text($0)) }, metadata: metadata, isChecksummed: true,
        to: path)
      let outcome = try Program.unet.run(["--resume", "--output", "run"], in: folder)
      expectFailure(
        outcome,
        "Error: run/checkpoints/last.safetensors cannot be resumed: it does not describe what its run has trained: "
          + "--dropout: 0.3 in the run, 0.25 in the description; the classes; put back the checkpoint that the run saved"
      )
    }
  }

  @Test func aRunOfAnotherVersionIsRefused() throws {
    try withTemporaryFolder { folder in
      try write(#"{"format": 7, "tessera": "9.9.9", "arguments": []}"#, to: folder + "/run/config.json")
      let outcome = try Program.unet.run(["--resume", "--output", "run"], in: folder)
      expectFailure(
        outcome,
        "Error: run is a run of Tessera 9.9.9 (format 7), and Tessera 0.2.0 resumes runs up to format 2; resume it with the "
          + "version that made it, or start a new run with --initial-weights")
      try write("{}", to: folder + "/run/config.json")
      #expect(try Program.unet.run(["--resume", "--output", "run"], in: folder).errors.contains("no known version"))
    }
  }

  @Test func aFolderWithoutARunCannotBeResumed() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(["--resume", "--output", "nowhere"], in: folder)
      expectFailure(
        outcome, "Error: nowhere holds no run to resume (no config.json); start one without --resume")
      #expect(try files(in: folder).isEmpty)
      let nameless = try Program.unet.run(["--resume"], in: folder)
      #expect(nameless.status == 64)
      #expect(nameless.errorLines.first == "Error: --resume needs --output, the folder of the run to resume")
    }
  }

  @Test func aSecondTrainerInTheSameFolderIsRefused() throws {
    try withTemporaryFolder { folder in
      let options = "--width 4 --image-size 32 --epochs 1000 --steps-per-epoch 1000 --batch-size 2 --output run"
        .split(separator: " ").map(String.init)
      let running = try Program.unet.start(options, in: folder)
      wait(for: 2, of: running, in: folder + "/run")
      let message = "Error: another trainer is writing to run; wait until it ends, or choose another --output"
      expectFailure(try Program.unet.run(options, in: folder), message)
      expectFailure(try Program.unet.run(["--resume", "--output", "run"], in: folder), message)
      Foundation.kill(running.process.processIdentifier, SIGINT)
      #expect(try running.wait().status == 130)
    }
  }

  @Test(.enabled("needs root, for a file system in memory", { SmallDisk.canBeMade }))
  func aFullDiskLosesNothing() throws {
    try withTemporaryFolder { folder in
      guard let small = try SmallDisk(at: folder + "/disk", megabytes: 4) else { return }
      defer { small.remove() }
      let disk = small.path
      try #require(try Program.unet.run(Self.options + ["--output", "whole"], in: folder).status == 0)
      let outcome = try Program.unet.run(Self.options + ["--output", "disk/run"], in: folder)
      #expect(outcome.status == 1)
      let reason =
        "disk/run/checkpoints/last.safetensors: cannot be written: No space left on device. What was there before is "
        + "unchanged; check the folder and the free space"
      #expect(outcome.errorLines.last == "Error: \(reason).")
      #expect(outcome.errorLines.contains("Warning: \(reason); the run continues, and this will be tried again"))
      #expect(try RunStatus(ofRun: disk + "/run").state == .failed)
      _ = try SegmentationCheckpoint(contentsOf: disk + "/run/checkpoints/last.safetensors")
      try #require(try small.grow(toMegabytes: 32))
      #expect(try Program.unet.run(["--resume", "--output", "disk/run"], in: folder).status == 0)
      #expect(try Evidence(disk + "/run") == Evidence(folder + "/whole"))
    }
  }
}

import Foundation
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import Testing

/// The example trainers as a user meets them: what they write, print and return.
@Suite struct TrainingRunTests {
  @Test(arguments: [Program.unet, .fcnn])
  func aRunWritesTheFilesOfTheContract(program: Program) throws {
    try withTemporaryFolder { folder in
      let outcome = try program.run(tinyRun + ["--output", "run"], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let pictures = ["001-scene-500", "001-scene-501", "002-scene-500", "002-scene-501"]
        .map { "predictions/epoch-\($0).png" }
      let written = try filesOfRun(folder + "/run")
      #expect(
        written
          == Set(
            [
              "config.json", "metrics.jsonl", "validation.jsonl", "status.json", "report-pictures.json", "report.html",
              "checkpoints/last.safetensors", "checkpoints/previous.safetensors", "checkpoints/best.safetensors",
              "events.out.tfevents.*", "validation/events.out.tfevents.*",
            ] + pictures)
      )
      #expect(try files(in: folder).count == written.count)
      for picture in pictures { #expect(try Image(contentsOf: "\(folder)/run/\(picture)").channels == 3) }

      let lines = try objects(String(decoding: contents(folder + "/run/metrics.jsonl"), as: UTF8.self))
      #expect(
        lines.compactMap { $0["event"] as? String } == [
          "step", "step", "step", "epoch", "step", "step", "step", "epoch",
        ])
      #expect(lines.compactMap { $0["step"] as? Int } == [1, 2, 3, 4, 5, 6])
      #expect(lines.compactMap { $0["epoch"] as? Int } == [1, 1, 1, 1, 2, 2, 2, 2])

      let last = try SegmentationCheckpoint(contentsOf: folder + "/run/checkpoints/last.safetensors")
      #expect(last.model.configuration.name == program.name)
      #expect(last.imageSize == 32 && last.labelSpace.count == 10)
      #expect(last.notes["epoch"] == "2" && last.notes["step"] == "6")

      // Results on standard output, progress on standard error: a line an epoch without a terminal.
      #expect(outcome.output.hasPrefix("\(program.name): "))
      #expect(outcome.output.contains("validation: pixel accuracy"))
      for file in [
        "report.html", "config.json", "metrics.jsonl", "validation.jsonl", "checkpoints/last.safetensors",
        "checkpoints/best.safetensors",
      ] {
        #expect(outcome.output.contains("\n  run/\(file)\n"))
      }
      #expect(outcome.errorLines.count == 2)
      #expect(outcome.errorLines.first?.hasPrefix("epoch 1/2  loss ") == true)
      #expect(!outcome.errors.contains("\r"))
    }
  }

  @Test func configRecordsEveryResolvedOption() throws {
    try withTemporaryFolder { folder in
      let options = [
        "--optimizer", "rmsprop", "--learning-rate", "0.0005", "--seed", "7", "--threads", "1", "--augmentation",
        "standard", "--no-shuffle", "--dropout", "0.25", "--void", "3", "--output", "run",
      ]
      try #require(try Program.unet.run(tinyRun + options, in: folder).status == 0)
      let object = try JSONSerialization.jsonObject(with: contents(folder + "/run/config.json"))
      let config = try #require(object as? [String: Any])
      let texts = [
        "optimizer": "rmsprop", "schedule": "constant", "augmentation": "standard", "data": "built-in scenes",
        "output": "run",
      ]
      for (key, value) in texts { #expect(config[key] as? String == value, "\(key)") }
      let numbers: [String: Double] = [
        "learningRate": 0.0005, "accumulate": 1, "format": 2, "seed": 7, "threads": 1, "imageSize": 32, "batchSize": 2,
        "epochs": 2,
        "stepsPerEpoch": 3, "validationSteps": 1, "trainingSamples": 500, "validationSamples": 100,
      ]
      for (key, value) in numbers { #expect((config[key] as? NSNumber)?.doubleValue == value, "\(key)") }
      #expect(config["shuffles"] as? Bool == false)
      #expect(config["initialWeights"] == nil)
      for key in ["tessera", "swift", "operatingSystem", "processor", "started"] {
        #expect((config[key] as? String)?.isEmpty == false, "\(key)")
      }
      for key in ["cores", "memoryMegabytes", "parameterCount"] { #expect((config[key] as? Int ?? 0) > 0, "\(key)") }
      let space = try #require(config["labelSpace"] as? [String: Any])
      #expect(space["void"] as? Int == 3 && (space["classes"] as? [Any])?.count == 10)
      let checkpoint = try SegmentationCheckpoint(contentsOf: folder + "/run/checkpoints/last.safetensors")
      #expect(config["parameterCount"] as? Int == checkpoint.model.parameterCount)
      #expect(checkpoint.model.configuration as? UNet.Configuration == .init(classes: 10, width: 4, dropout: 0.25))
      #expect(checkpoint.labelSpace.void == 3)
    }
  }

  @Test func threadCountDoesNotChangeAByteOfTheWeights() throws {
    try withTemporaryFolder { folder in
      for threads in ["1", "2", "5"] {
        let options = ["--threads", threads, "--augmentation", "standard", "--output", threads]
        try #require(try Program.unet.run(tinyRun + options, in: folder).status == 0)
      }
      let alone = try Evidence(folder + "/1")
      #expect(try Evidence(folder + "/2") == alone)
      #expect(try Evidence(folder + "/5") == alone)
      #expect(
        try contents(folder + "/2/checkpoints/best.safetensors") == contents(folder + "/1/checkpoints/best.safetensors")
      )
      try #require(try Program.unet.run(tinyRun + ["--seed", "9", "--output", "other"], in: folder).status == 0)
      #expect(try Evidence(folder + "/other") != alone)
    }
  }

  @Test func initialWeightsAreWhereARunStarts() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "first"], in: folder).status == 0)
      let weights = "first/checkpoints/last.safetensors"
      let tiny = ["--learning-rate", "1e-30", "--optimizer", "sgd", "--initial-weights", weights, "--output", "second"]
      try #require(try Program.unet.run(tinyRun + ["--seed", "99"] + tiny, in: folder).status == 0)
      let (first, second) = (
        try SegmentationCheckpoint(contentsOf: "\(folder)/\(weights)"),
        try SegmentationCheckpoint(contentsOf: folder + "/second/checkpoints/last.safetensors")
      )
      // The rate must be positive; this one moves a weight that is 0 to 1e-32 or so.
      for ((name, start), end) in zip(first.model.namedParameters, second.model.parameters) {
        let moves = zip(start.value.scalars, end.value.scalars).map { abs($0 - $1) }
        #expect(moves.allSatisfy { $0 < 1e-20 }, "\(name)")
      }
    }
  }

  @Test func withoutAnOutputTheRunIsNamedByModelAndDate() throws {
    try withTemporaryFolder { folder in
      for _ in 0..<2 { try #require(try Program.unet.run(tinyRun, in: folder).status == 0) }
      let runs = try FileManager.default.contentsOfDirectory(atPath: folder + "/runs")
      #expect(runs.count == 2)
      #expect(runs.allSatisfy { $0.wholeMatch(of: /unet-\d{4}-\d\d-\d\d-\d{6}(-2)?/) != nil }, "\(runs)")
    }
  }

  @Test func zeroStepsAreOnePassOverTheData() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let options = "--width 2 --image-size 16 --epochs 1 --batch-size 4 --steps-per-epoch 0 --validation-steps 0"
      let outcome = try Program.unet.run(
        options.split(separator: " ").map(String.init) + ["--data", "data", "--output", "run"], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      // A tenth of ten is held out: nine in batches of four are three steps.
      #expect(outcome.output.contains("2 classes, 9 training and 1 validation pictures"))
      let lines = try objects(String(decoding: contents(folder + "/run/metrics.jsonl"), as: UTF8.self))
      #expect(lines.compactMap { $0["step"] as? Int } == [1, 2, 3])
    }
  }

  @Test func eventFilesAreWrittenUnlessTheyAreNotWanted() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "all"], in: folder).status == 0)
      try #require(try Program.unet.run(tinyRun + ["--histograms", "0", "--output", "few"], in: folder).status == 0)
      let none = try Program.unet.run(tinyRun + ["--no-tensorboard", "--output", "none"], in: folder)
      try #require(none.status == 0)
      func bytes(_ run: String) throws -> Int {
        let paths = try files(in: "\(folder)/\(run)").filter { $0.contains("tfevents") }
        return try paths.reduce(0) { try $0 + contents("\(folder)/\(run)/\($1)").count }
      }
      #expect(try bytes("none") == 0 && !none.output.contains("tfevents"))
      #expect(try 0 < bytes("few") && bytes("few") < bytes("all"))
      // What is told of a run changes nothing in it, and may change when it goes on.
      #expect(try Evidence(folder + "/all") == Evidence(folder + "/none"))
      let resumed = try Program.unet.run(
        ["--resume", "--output", "few", "--epochs", "3", "--histograms", "1"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
    }
  }

  /// Interrupted in the first epoch, whose end is far away; by control-C and as batch systems do.
  @Test(arguments: [SIGINT, SIGTERM]) func anInterruptSavesTheWeightsAndReturns130(signal: Int32) throws {
    try withTemporaryFolder { folder in
      let options = "--width 4 --image-size 32 --epochs 1000 --steps-per-epoch 1000 --batch-size 2 --output run"
      let running = try Program.unet.start(options.split(separator: " ").map(String.init), in: folder)
      let metrics = folder + "/run/metrics.jsonl"
      let start = ContinuousClock.now
      while (try? contents(metrics).isEmpty) ?? true, running.process.isRunning {
        guard start.duration(to: .now) < .seconds(30) else { break }
        Thread.sleep(forTimeInterval: 0.01)
      }
      kill(running.process.processIdentifier, signal)
      let outcome = try running.wait()
      #expect(outcome.status == 130)
      let steps = try objects(String(decoding: contents(metrics), as: UTF8.self)).compactMap { $0["step"] as? Int }
      #expect(
        outcome.errors == """
          interrupted after step \(steps.count)
          hint: unet --resume --output run continues from here

          """)
      let saved = try SegmentationCheckpoint(contentsOf: folder + "/run/checkpoints/last.safetensors")
      #expect(saved.notes == ["epoch": "0", "step": "\(steps.count)", "interrupted": "true"])
      #expect(try !files(in: folder + "/run").contains("checkpoints/best.safetensors"))
    }
  }

  /// Scenes have ten classes; the masks of a folder fewer.
  @Test func weightsOfOtherClassesStartWithANewClassifier() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "first"], in: folder).status == 0)
      try writeDataset(at: folder + "/data", count: 10)
      let weights = "first/checkpoints/best.safetensors"
      let options = ["--data", "data", "--initial-weights", weights, "--output", "second"]
      let outcome = try Program.unet.run(tinyRun + options, in: folder)
      let classes = try SegmentationCheckpoint(contentsOf: folder + "/second/checkpoints/last.safetensors").labelSpace
        .count
      #expect(outcome.status == 0 && classes != 10, "\(outcome.errors)")
      #expect(
        outcome.errorLines.first
          == "note: \(weights) is from a network with 10 classes, this one has \(classes): new are classifier.filter, "
          + "classifier.bias")
      let narrow = try Program.unet.run(tinyRun + options + ["--width", "3", "--output", "third"], in: folder)
      expectFailure(
        narrow,
        "Error: \(weights) does not fit the network: --width is 4 there and 3 here; give the run the checkpoint's value"
      )
    }
  }

  @Test func aClassifierThatIsKeptForClassesWithOtherNamesIsSaid() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      func run(_ names: [String], _ options: [String]) throws -> Program.Outcome {
        try names.joined(separator: "\n").write(toFile: folder + "/data/classes.txt", atomically: true, encoding: .utf8)
        return try Program.unet.run(tinyRun + ["--data", "data"] + options, in: folder)
      }
      let names = ["left", "right"]
      let first = try run(names, ["--output", "first"])
      try #require(first.status == 0, "\(first.errors)")
      let weights = ["--initial-weights", "first/checkpoints/best.safetensors"]
      #expect(try !run(names, weights + ["--output", "same"]).errors.contains("other classes"))
      let renamed = try run(["left", "middle"], weights + ["--output", "renamed"])
      #expect(
        renamed.errors.contains(
          "Warning: \(weights[1]) knows other classes, as many, so its last layer is kept and learns these: class 1 is "
            + "\"right\" in \(weights[1]) and \"middle\" in --data"),
        "\(renamed.errors)")
    }
  }
}

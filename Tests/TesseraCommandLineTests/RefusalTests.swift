import Foundation
import TesseraImaging
import Testing

/// What users do wrong, and the one line that they get for it.
@Suite struct RefusalTests {
  static let classWeightRules =
    "; give numbers, a file of them, or one of median-frequency, inverse-log, effective-number=0.999"

  /// Wrong usage: nothing is written, the code is 64, the first line says what is wrong.
  @Test(arguments: [
    (["--image-size", "40"], "Error: --image-size must be a multiple of 16 for unet; got 40"),
    (["--image-size", "0"], "Error: The value '0' is invalid for '--image-size <size>'"),
    (
      ["--image-size", "4611686018427387904"],
      "Error: The value '4611686018427387904' is invalid for '--image-size <size>'"
    ),
    (["--width", "4611686018427387904"], "Error: --width must be a whole number in 1...8192; got 4611686018427387904"),
    (["--batch-size", "0"], "Error: --batch-size must lie in 1...16384; got 0"),
    (["--epochs", "0"], "Error: --epochs must lie in 1...1000000; got 0"),
    (
      ["--steps-per-epoch", "9223372036854775807"],
      "Error: --steps-per-epoch must lie in 0...1000000; got 9223372036854775807"
    ),
    (["--threads", "0"], "Error: --threads must lie in 1...1024; got 0"),
    (["--threads", "100000"], "Error: --threads must lie in 1...1024; got 100000"),
    (["--loader-threads", "0"], "Error: --loader-threads must lie in 1...1024; got 0"),
    (["--cache", "cache"], "Error: --cache needs --data: built-in scenes are drawn, not read"),
    (["--dropout", "1"], "Error: --dropout must be 0 or more and less than 1; got 1"),
    (["--learning-rate", "nan"], "Error: --learning-rate must lie in 1e-30...1e+30; got nan"),
    (["--learning-rate", "5e-324"], "Error: --learning-rate must lie in 1e-30...1e+30; got 5e-324"),
    (["--learning-rate", "1e308"], "Error: --learning-rate must lie in 1e-30...1e+30; got 1e+308"),
    (
      ["--batch-size", "16384", "--image-size", "16384"],
      "Error: --batch-size 16384 and --image-size 16384 make 4398046511104 pixels a pass, more than the maximum "
        + "of 268435456; lower one of them"
    ),
    (
      ["--schedule", "one-cycle", "--warm-up", "0"],
      "Error: --schedule one-cycle rises first: --warm-up must be 1 or more; got 0"
    ),
    (["--void", "sky"], "Error: The value 'sky' is invalid for '--void <n>'"),
    (["--void", "70000"], "Error: The value '70000' is invalid for '--void <n>'"),
    (["--void=-1"], "Error: The value '-1' is invalid for '--void <n>'"),
    (
      ["--optimizer", "lion"],
      "Error: The value 'lion' is invalid for '--optimizer <optimizer>'. "
        + "Please provide one of 'adam', 'adamw', 'rmsprop' or 'sgd'."
    ),
    (["--learning-rate", "fast"], "Error: --learning-rate must lie in 1e-30...1e+30; got fast"),
    (["--clip-norm", "0"], "Error: --clip-norm must lie in 1e-30...1e+30; got 0.0"),
    (["--clip-value", "1e-320"], "Error: --clip-value must lie in 1e-30...1e+30; got 1e-320"),
    (["--weight-decay", "1e308"], "Error: --weight-decay must be 0 or lie in 1e-30...1e+30; got 1e+308"),
    (["--clip-norm", "1", "--clip-value", "1"], "Error: give either --clip-norm or --clip-value"),
    (["--final-rate", "nan"], "Error: --final-rate must be 0 or lie in 1e-30...1e+30; got nan"),
    (["--average-decay", "1"], "Error: --average-decay must lie in 0..<1; got 1.0"),
    (["--decay-factor", "1"], "Error: --decay-factor must lie in 0..<1; got 1.0"),
    (["--max-memory", "2"], "Error: --max-memory must be a size of 32M or more, such as 2G or 1500M; got 2"),
    (["--max-memory", "10M"], "Error: --max-memory must be a size of 32M or more, such as 2G or 1500M; got 10M"),
    (["--micro-batch", "0"], "Error: --micro-batch must lie in 1...16384; got 0"),
    (["--accumulate", "0"], "Error: --accumulate must lie in 1...16384; got 0"),
    (["--time-limit", "nan"], "Error: --time-limit must lie in 0...1e9 minutes; got nan"),
    (
      ["--until", "25:00"],
      "Error: --until must be a time of day such as 07:00, or a date and a time such as 2027-01-31T07:00; got 25:00"
    ),
    (
      ["--until", "07:00", "--epochs", "3"],
      "Error: --until says how many epochs there are: give either --until or --epochs"
    ),
    (["--patience", "0"], "Error: --patience must lie in 1...1000000; got 0"),
    (["--rate-of", "encoder"], "Error: The value 'encoder' is invalid for '--rate-of <name=x>'"),
    (["--rate-of", "encoder=1e308"], "Error: The value 'encoder=1e308' is invalid for '--rate-of <name=x>'"),
    (["--rate-of", "encoder=0"], "Error: The value 'encoder=0' is invalid for '--rate-of <name=x>'"),
  ])
  func wrongUsageReturns64(arguments: [String], message: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(["--output", "run"] + arguments, in: folder)
      #expect(outcome.status == 64)
      #expect(outcome.errorLines.first == message)
      #expect(outcome.output.isEmpty)
      #expect(try files(in: folder).isEmpty)
    }
  }

  /// What only a run's length tells.
  @Test(arguments: [
    (
      ["--schedule", "one-cycle", "--epochs", "1", "--steps-per-epoch", "1"],
      "Error: --schedule one-cycle rises and falls, and the run has 1 step; raise --epochs or --steps-per-epoch"
    ),
    (
      ["--schedule", "cosine", "--final-rate", "0.1"],
      "Error: --final-rate 0.1 is above --learning-rate 0.001, from which rates fall; lower it"
    ),
    (
      ["--class-weights", "weights"],
      "Error: --class-weights: weights is not a list of numbers and cannot be read as a file: "
        + "it is not UTF-8 text" + Self.classWeightRules
    ),
    (
      ["--class-weights", "pipe"],
      "Error: --class-weights: pipe is not a list of numbers and cannot be read as a file: "
        + "it is a pipe, not a file" + Self.classWeightRules
    ),
    (
      ["--class-weights", "large"],
      "Error: --class-weights: large is not a list of numbers and cannot be read as a file: "
        + "it has 1073741824 bytes, more than the 4194304 allowed for such a file" + Self.classWeightRules
    ),
  ])
  func aRecipeThatCannotBeFollowedIsRefused(arguments: [String], message: String) throws {
    try withTemporaryFolder { folder in
      try Data([0xFF, 0xFE, 0x31]).write(to: URL(filePath: folder + "/weights"))
      try #require(mkfifo(folder + "/pipe", 0o600) == 0)
      try write("", to: folder + "/large")
      try #require(truncate(folder + "/large", 1 << 30) == 0)
      let outcome = try Program.unet.run(tinyRun + arguments + ["--output", "run"], in: folder)
      expectFailure(outcome, message)
      #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
    }
  }

  /// Nothing is drawn for a network of half a terabyte.
  @Test func aNetworkThatIsTooLargeForTheMachineIsRefused() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(
        ["--width", "4096", "--image-size", "32", "--steps-per-epoch", "1", "--output", "run"], in: folder)
      #expect(outcome.errors.hasPrefix("Error: training takes about 2"), "\(outcome.errors)")
      expectFailure(outcome)
      #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
    }
  }

  @Test func fcnnWantsMultiplesOf32() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.fcnn.run(["--image-size", "48"], in: folder)
      #expect(outcome.status == 64)
      #expect(outcome.errorLines.first == "Error: --image-size must be a multiple of 32 for fcnn; got 48")
    }
  }

  @Test func aFolderThatHoldsARunIsRefusedAndLeftAsItIs() throws {
    try withTemporaryFolder { folder in
      try write("mine", to: folder + "/run/metrics.jsonl")
      let outcome = try Program.unet.run(tinyRun + ["--output", "run"], in: folder)
      expectFailure(
        outcome, "Error: run already holds a run (metrics.jsonl); choose another --output, or continue it with --resume"
      )
      #expect(try files(in: folder) == ["run/metrics.jsonl"])
      #expect(try contents(folder + "/run/metrics.jsonl") == Data("mine".utf8))
    }
  }

  @Test func anEmptyFolderIsTaken() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/run", withIntermediateDirectories: true)
      #expect(try Program.unet.run(tinyRun + ["--output", "run"], in: folder).status == 0)
    }
  }

  @Test func anOutputThatIsAFileIsRefused() throws {
    try withTemporaryFolder { folder in
      try write("", to: folder + "/file")
      let outcome = try Program.unet.run(tinyRun + ["--output", "file"], in: folder)
      expectFailure(outcome, "Error: file is a file, not a folder; choose another --output")
    }
  }

  @Test func aMissingDataFolderIsNamed() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(tinyRun + ["--data", "nowhere", "--output", "run"], in: folder)
      #expect(outcome.errors.hasPrefix("Error: nowhere: there is no such folder; expected images/ and annotations/"))
      expectFailure(outcome)
      #expect(try files(in: folder).isEmpty)
    }
  }

  @Test func aDataFolderWithoutMasksSaysWhatItHolds() throws {
    try withTemporaryFolder { folder in
      try write("", to: folder + "/data/images/a.png")
      let outcome = try Program.unet.run(tinyRun + ["--data", "data", "--output", "run"], in: folder)
      #expect(outcome.errors.hasPrefix("Error: data: is not a data set: it holds images; expected"))
      expectFailure(outcome)
    }
  }

  /// The classes are named, so nobody has looked into the files before the run meets them.
  @Test(arguments: [
    ("images/3.png", "data/images/3.png: is not a \(FileFormat.names) picture but"),
    ("masks/3.png", "data/masks/3.png: is not a \(FileFormat.names) picture but"),
  ])
  func aTextFileAmongThePicturesIsNamed(file: String, message: String) throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      try write("just a note to myself", to: "\(folder)/data/\(file)")
      let outcome = try Program.unet.run(
        [
          "--width", "2", "--image-size", "16", "--steps-per-epoch", "0", "--epochs", "1", "--data", "data", "--output",
          "run",
        ],
        in: folder)
      #expect(outcome.errors.contains(message))
      expectFailure(outcome)
    }
  }

  @Test func maskValuesThatAreNoClassesAreListedWithTheirPlace() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let outcome = try Program.unet.run(
        tinyRun + ["--data", "data", "--void", "none", "--output", "run"], in: folder)
      #expect(outcome.status == 1 && outcome.errorLines.count == 11)
      #expect(outcome.errorLines.first == "Error: 10 files cannot be used; fix them or remove the pictures:")
      #expect(outcome.errors.contains("mask values 255 (20 px) are not classes (0...1)"))
    }
  }

  @Test func masksInWhichOnlyOneClassIsCountedAreSuspicious() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let space = LabelSpace(names: ["left", "right"], void: 255)
      let indices = (0..<240).map { UInt16($0 % 20 < 10 ? 0 : 255) }
      for number in 0..<10 {
        try Mask(width: 20, height: 12, indices: indices, labelSpace: space)
          .write(to: "\(folder)/data/masks/\(number).png")
      }
      let outcome = try Program.unet.run(tinyRun + ["--data", "data", "--output", "run"], in: folder)
      #expect(outcome.status == 0)
      #expect(
        outcome.errorLines.first == "Warning: all counted pixels of the training and validation masks are left (255 is "
          + "void and not counted): there is nothing to tell apart, and figures near 100 % say nothing")
      #expect(
        outcome.errorLines.last
          == "Warning: validation: all counted pixels are left (255 is void and not counted): the figures say nothing")
    }
  }

  @Test func weightsThatDoNotFitAreRefusedBeforeAnythingIsWritten() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "run"], in: folder).status == 0)
      let before = try files(in: folder)
      let weights = ["--initial-weights", "run/checkpoints/last.safetensors", "--output", "next"]
      let other = try Program.fcnn.run(tinyRun + weights, in: folder)
      expectFailure(
        other,
        "Error: run/checkpoints/last.safetensors is of the network unet, and this run trains fcnn; start from a checkpoint of "
          + "fcnn")
      let missing = try Program.unet.run(tinyRun + ["--initial-weights", "none", "--output", "next"], in: folder)
      expectFailure(
        missing, "Error: none: cannot be read: there is no such file. Check the path and its permissions.")
      #expect(try files(in: folder) == before)
    }
  }

  @Test(arguments: [
    ("checkpoints", false, "run/checkpoints: cannot be written: File exists; check the folder and the free space"),
    ("config.json", true, "run/config.json: cannot be written: "),
  ])
  func whatStandsInARunsWayIsNamed(name: String, isFolder: Bool, message: String) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: "\(folder)/run", withIntermediateDirectories: true)
      if isFolder {
        try FileManager.default.createDirectory(atPath: "\(folder)/run/\(name)", withIntermediateDirectories: true)
      } else {
        try write("not a folder", to: "\(folder)/run/\(name)")
      }
      let outcome = try Program.unet.run(tinyRun + ["--output", "run"], in: folder)
      #expect(outcome.errors.hasPrefix("Error: \(message)"))
      #expect(!outcome.errors.contains("Domain"))
      expectFailure(outcome)
    }
  }

  @Test func aLearningRateThatBreaksTheNetworkIsSaid() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(tinyRun + ["--learning-rate", "1e30", "--output", "run"], in: folder)
      expectFailure(
        outcome, "Error: the loss became NaN in step 2: the learning rate 1e+30 is too high for this data; lower it")
      let lines = try objects(String(decoding: contents(folder + "/run/metrics.jsonl"), as: UTF8.self))
      #expect(lines.count == 1)
    }
  }
}

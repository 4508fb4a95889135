import Testing

@Suite struct HelpTests {
  /// The options of the command line's contract that exist.
  static let trainingOptions =
    [
      "--data", "--void", "--no-void-output", "--image-size", "--framing", "--batch-size", "--epochs",
      "--steps-per-epoch",
      "--validation-steps",
      "--optimizer", "--learning-rate", "--seed", "--threads", "--augmentation", "--cache", "--loader-threads",
      "--no-shuffle", "--dropout", "--width",
      "--initial-weights", "--output", "--resume", "--accept-changed-data", "--save-every", "--keep-best", "--patience",
      "--time-limit", "--stop-after", "--until",
      "--schedule", "--warm-up", "--final-rate", "--decay-factor", "--decay-steps", "--plateau-patience",
      "--accumulate", "--max-memory", "--micro-batch", "--recompute",
      "--clip-norm", "--clip-value", "--average-decay", "--weight-decay", "--no-bias-decay", "--freeze", "--rate-of",
      "--synchronize-batchnorm", "--class-weights", "--label-smoothing", "--loss", "--teacher", "--teacher-weight",
      "--temperature", "--histograms", "--no-tensorboard",
      "--help",
      "--version",
    ] + dataOptions

  /// How a command reads data.
  static let dataOptions = [
    "--layout", "--add-data", "--held-out", "--training-list", "--classes-map", "--only-classes",
  ]

  /// What some networks of the catalog can choose.
  static let networkOptions = [
    "--width", "--dropout", "--head", "--output-stride", "--stochastic-depth", "--auxiliary-weight",
    "--deep-supervision",
  ]

  private func options(_ help: String) -> Set<String> {
    Set(help.matches(of: /(?m)^  (?:-h, )?(--[a-z-]+)/).map { String($0.1) })
  }

  @Test func trainersListTheirOptionsAndNoOther() throws {
    try withTemporaryFolder { folder in
      let unet = try Program.unet.run(["--help"], in: folder)
      let fcnn = try Program.fcnn.run(["--help"], in: folder)
      #expect(unet.status == 0 && fcnn.status == 0)
      #expect(unet.errors.isEmpty && fcnn.errors.isEmpty)
      #expect(options(unet.output) == Set(Self.trainingOptions + ["--deep-supervision"]))
      #expect(
        options(fcnn.output) == Set(Self.trainingOptions + ["--head", "--backbone-weights", "--freeze-backbone"]))
      #expect(try files(in: folder).isEmpty)
    }
  }

  @Test func theRateFinderTakesWhatTrainersTake() throws {
    try withTemporaryFolder { folder in
      let help = try Program.tessera.run(["find-rate", "unet", "--help"], in: folder)
      let own = ["--deep-supervision", "--steps", "--from", "--to", "--curve", "--json"]
      #expect(options(help.output) == Set(Self.trainingOptions + own))
    }
  }

  @Test(arguments: [Program.unet, .fcnn, .tessera]) func everyProgramTellsItsVersion(program: Program) throws {
    try withTemporaryFolder { folder in
      let outcome = try program.run(["--version"], in: folder)
      #expect(outcome.status == 0 && outcome.output.contains(/^\d+\.\d+\.\d+\n$/))
    }
  }

  @Test func defaultsAreThoseOfTheContract() throws {
    try withTemporaryFolder { folder in
      let help = try Program.unet.run(["--help"], in: folder).output
        .split(whereSeparator: \.isWhitespace).joined(separator: " ")
      for (option, value) in [
        ("--image-size", "128"), ("--batch-size", "5"), ("--epochs", "10"), ("--steps-per-epoch", "100"),
        ("--validation-steps", "40"), ("--learning-rate", "0.001"), ("--seed", "1234"), ("--width", "64"),
        ("--optimizer", "adam"), ("--augmentation", "flip"),
      ] {
        let text = try #require(help.components(separatedBy: " \(option) ").dropFirst().last)
        let own = text.components(separatedBy: " --")[0]
        #expect(own.contains("default: \(value))"), "\(option): \(own)")
      }
    }
  }

  @Test(arguments: [
    ("summary", ["--classes", "--image-size", "--checkpoint", "--graph"] + networkOptions),
    ("networks", ["--classes", "--image-size"] + networkOptions),
    ("download", ["--to", "--from", "--mirror", "--keep-archive", "--any-version", "--accept-license"]),
    (
      "show-data",
      ["--split", "--augmentation", "--image-size", "--framing", "--seed", "--void", "--count", "--output"]
        + dataOptions
    ),
    ("doctor", ["--void", "--image-size", "--seed", "--threads", "--json", "--page", "--lists"] + dataOptions),
    (
      "bench-data",
      [
        "--data", "--split", "--image-size", "--framing", "--batch", "--augmentation", "--loader-threads", "--cache",
        "--runs", "--seconds", "--json",
      ] + dataOptions
    ),
    (
      "evaluate",
      [
        "--checkpoint", "--network", "--predictions", "--data", "--split", "--void", "--seed", "--scale", "--tile",
        "--margin",
        "--scales",
        "--flip", "--absent-classes", "--confusion", "--per-picture", "--boundary-share", "--json",
      ] + dataOptions
    ),
    (
      "predict",
      ["--checkpoint", "--network", "--output", "--preview", "--scale", "--tile", "--margin", "--scales", "--flip"]
    ),
    ("export", ["--checkpoint", "--network", "--to", "--pixels", "--result", "--layout", "--batch", "--size"]),
    ("import", ["--to", "--pixels", "--classes", "--void", "--layout", "--output", "--image-size"]),
    ("compare", ["--output", "--metric", "--smooth", "--steps", "--names"]),
    (
      "bench",
      [
        "--model", "--checkpoint", "--mode", "--batch", "--size", "--threads", "--classes", "--runs", "--json",
      ] + networkOptions
    ),
    ("report", []),
    (
      "review",
      [
        "--data", "--checkpoint", "--top", "--output", "--scale", "--tile", "--margin", "--scales", "--flip", "--json",
      ]
    ),
    (
      "bench-serving",
      ["--model", "--checkpoint", "--size", "--tasks", "--side-by-side", "--requests", "--threads"] + networkOptions
    ),
    ("sweep", ["--output", "--dry-run"]),
    ("verify-resume", ["--model", "--kills", "--output", "--launcher"]),
  ])
  func everyToolListsItsOptions(command: String, expected: [String]) throws {
    try withTemporaryFolder { folder in
      let help = try Program.tessera.run([command, "--help"], in: folder)
      #expect(help.status == 0)
      #expect(options(help.output) == Set(expected + ["--help", "--version"]))
    }
  }

  @Test func theToolListsWhatItCanDoAndNothingElse() throws {
    try withTemporaryFolder { folder in
      let help = try Program.tessera.run(["--help"], in: folder).output
      let commands = help.components(separatedBy: "SUBCOMMANDS:").last?.matches(of: #/(?m)^  ([a-z-]+) /#).map {
        String($0.1)
      }
      #expect(
        commands == [
          "train", "plan", "find-rate", "sweep", "networks", "summary", "download", "show-data", "doctor", "evaluate",
          "predict", "export", "import", "compare",
          "report", "review", "verify-resume",
          "bench", "bench-serving", "bench-data",
        ])
      for missing in ["frobnicate"] {
        #expect(try Program.tessera.run([missing], in: folder).status == 64)
      }
    }
  }
}

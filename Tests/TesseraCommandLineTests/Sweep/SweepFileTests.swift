import Foundation
import Testing

/// What a sweep's file may say, and what is said about it before anything is trained.
@Suite struct SweepFileTests {
  private func dryRun(_ json: String, in folder: String) throws -> Program.Outcome {
    try write(json, to: folder + "/sweep.json")
    return try Program.tessera.run(["sweep", "sweep.json", "--dry-run"], in: folder)
  }

  @Test func aGridHasEveryCombinationAndNothingIsTrained() throws {
    try withTemporaryFolder { folder in
      let outcome = try dryRun(
        """
        {"network": "unet", "options": {"epochs": 9, "no-shuffle": true, "freeze": ["encoder.0", "encoder.1"]},
         "search": {"optimizer": ["adam", "sgd"], "clip-norm": [null, 1.5], "learning-rate": [0.001, 1e-5]}}
        """, in: folder)
      try #require(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      let lines = outcome.output.split(separator: "\n").map(String.init)
      #expect(lines[0] == "8 trials of unet, a grid over clip-norm, learning-rate, optimizer: 72 epochs in all")
      let common = "--epochs 9 --freeze encoder.0 --freeze encoder.1 --no-shuffle"
      #expect(lines[1] == "trial-001  \(common) --learning-rate 0.001 --optimizer adam")
      #expect(lines[4] == "trial-004  \(common) --learning-rate 1e-05 --optimizer sgd")
      #expect(lines[8] == "trial-008  \(common) --clip-norm 1.5 --learning-rate 1e-05 --optimizer sgd")
      #expect(lines.count == 9)
      #expect(try files(in: folder) == ["sweep.json"])
    }
  }

  @Test func randomTrialsFollowFromTheSeedAndMoreAreTheSameAndOthers() throws {
    try withTemporaryFolder { folder in
      func trials(_ count: Int, seed: Int, _ more: String = "") throws -> [String] {
        let outcome = try dryRun(
          """
          {"network": "unet", "trials": \(count), "seed": \(seed), "search": {\(more)
           "learning-rate": {"from": 1e-5, "to": 0.01, "scale": "log"}, "batch-size": {"from": 2, "to": 9}}}
          """, in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").dropFirst().map(String.init)
      }
      let few = try trials(20, seed: 1)
      #expect(try trials(20, seed: 1) == few && trials(30, seed: 1).starts(with: few) && trials(20, seed: 2) != few)
      // Another option does not move the numbers of these.
      let wider = try trials(20, seed: 1, "\"optimizer\": [\"adam\", \"sgd\"],")
      #expect(zip(few, wider).allSatisfy { $1.hasPrefix($0) } && Set(wider.map { $0.suffix(4) }).count == 2)
      let values = few.compactMap { $0.wholeMatch(of: #/trial-\d+  --batch-size (\d+) --learning-rate ([0-9.e-]+)/#) }
      try #require(values.count == 20)
      let rates = values.compactMap { Double($0.2) }
      #expect(rates.allSatisfy { (1e-5...0.01).contains($0) })
      // Half of a logarithmic scale lies below the geometric mean.
      #expect((5...15).contains(rates.count { $0 < 3.16e-4 }))
      #expect(values.compactMap { Int($0.1) }.allSatisfy { (2...9).contains($0) })
    }
  }

  @Test func halvingSaysHowManyEpochsItTakes() throws {
    try withTemporaryFolder { folder in
      func line(_ epochs: Int, _ halving: String, trials: Int) throws -> String? {
        try dryRun(
          """
          {"network": "unet", "trials": \(trials), "options": {"epochs": \(epochs)}, "halving": \(halving),
           "search": {"learning-rate": {"from": 1e-5, "to": 0.01, "scale": "log"}}}
          """, in: folder
        ).output.split(separator: "\n").first.map(String.init)
      }
      let usual = try line(9, "{}", trials: 9)
      #expect(
        usual
          == "9 trials of unet, a random search over learning-rate: halving by 3 (9 to epoch 1, 3 to epoch 3, 1 to epoch "
          + "9), at most 21 epochs instead of 81")
      let uneven = try line(10, #"{"eta": 2, "least-epochs": 2}"#, trials: 12) ?? ""
      #expect(
        uneven.hasSuffix(
          "halving by 2 (12 to epoch 2, 6 to epoch 4, 3 to epoch 8, 1 to epoch 10), at most 50 epochs instead of 120"))
      let few = try line(5, "{}", trials: 2) ?? ""
      #expect(few.hasSuffix("(2 to epoch 1, 1 to epoch 5), at most 6 epochs instead of 10"))
    }
  }

  /// A file, and what is wrong with it.
  private static let faults: [(json: String, problems: [String])] = [
    (#"{"network": "unnet", "search": {"seed": [1, 2]}}"#, ["unknown network 'unnet'; did you mean unet?"]),
    (
      #"{"network": "unet", "search": {}}"#,
      ["search is missing or empty: the options to search, each with a list of values"]
    ),
    (
      #"{"serach": 1}"#,
      [
        #"unknown entry "serach"; did you mean search?"#,
        "search is missing or empty: the options to search, each with a list of values",
        #"network is missing: "network": "unet""#,
      ]
    ),
    (
      #"{"network": "unet", "options": {"epoch": 3, "head": "x", "output": "y", "batch-size": 0, "no-shuffle": 1}, "#
        + #""search": {"optimizer": ["adma", "sgd"], "learning-rate": [1e40, "high"], "seed": 5}}"#,
      [
        #"seed: what is searched is a list, such as [0.001, 0.01], or an interval; got 5"#,
        "batch-size must lie in 1...16384; got 0", #"unknown option "epoch"; did you mean epochs?"#,
        "unet has no --head; fcnn has", "no-shuffle takes no value: give true, or false to leave it out; got 1",
        "output cannot be given: a sweep starts, stops and resumes its trials itself",
        "learning-rate must lie in 1e-30...1e+30; got 1e+40", "learning-rate must lie in 1e-30...1e+30; got high",
        "optimizer must be one of adam, adamw, rmsprop, sgd; got adma; did you mean adam?",
      ]
    ),
    (
      #"{"network": "unet", "search": {"optimizer": ["adam", "sgd"], "weight-decay": [null, 0.01], "clip-norm": [1], "#
        + #""clip-value": [null, 1]}}"#,
      [
        "--weight-decay has no effect with adam; choose --optimizer adamw or sgd  (clip-norm=1 clip-value=none "
          + "optimizer=adam weight-decay=0.01)",
        "give either --clip-norm or --clip-value  (clip-norm=1 clip-value=1 optimizer=adam weight-decay=none, and 3 more "
          + "trials)",
      ]
    ),
    (
      #"{"network": "unet", "search": {"image-size": [64, 60], "schedule": ["cosine"], "warm-up": [0, 5000]}}"#,
      [
        "--warm-up 5000 is not shorter than the run, which has 1000 steps; lower it  (image-size=64 schedule=cosine "
          + "warm-up=5000)",
        "--image-size must be a multiple of 16 for unet; got 60  (image-size=60 schedule=cosine warm-up=0, and 1 more "
          + "trial)",
      ]
    ),
    (
      #"{"network": "unet", "search": {"learning-rate": [0.1, 0.001, 1e-3]}}"#,
      ["learning-rate has 0.001 twice: both trials would be the same"]
    ),
    (
      #"{"network": "unet", "search": {"learning-rate": {"from": 1e-5, "to": 1}}, "seed": 4}"#,
      [
        #"learning-rate is an interval, which has no grid; give the number of random "trials""#,
        #"seed has no effect on a grid; give "trials" or leave it out"#,
      ]
    ),
    (
      #"{"network": "unet", "trials": 5, "search": {"optimizer": ["adam", "sgd"], "no-shuffle": [true, false]}}"#,
      ["only 4 different combinations were found for 5 trials; search more values, or give fewer trials"]
    ),
    (
      #"{"network": "unet", "options": {"seed": 1}, "search": {"seed": [1], "epochs": [1, 2], "width": {"from": 0, "to": -1}}, "#
        + #""halving": {"eta": 1}, "metric": "loss", "launcher": 3, "trials": 0.5}"#,
      [
        #"width: an interval is {"from": 1e-5, "to": 0.01, "scale": "log"}, with from below to, and a scale that is log or "#
          + "linear",
        "trials must be a whole number in 1...1000; got 0.5", "launcher must be a text in quotation marks; got 3",
        "metric must be one of validationLoss, validationAccuracy, meanIoU; got loss",
        "eta must be a whole number in 2...1000; got 1",
        "epochs cannot be searched with halving, which compares trials at the same epochs",
        "seed is both among the options and searched; leave out one of them",
      ]
    ),
    (
      #"{"network": "unet", "search": {"loss": ["dice", "cross-entropy"]}, "metric": "validationLoss"}"#,
      [
        "validationLoss does not compare trials with different values of loss, which change it; choose another metric"
      ]
    ),
    (
      #"{"network": "unet", "options": {"epochs": 2}, "search": {"seed": [1, 2]}, "halving": {"least-epochs": 2}}"#,
      [
        "halving from 2 epochs on has no effect on trials of 2; lower least-epochs, or raise epochs in options"
      ]
    ),
    (
      #"{"network": "unet", "search": {"seed": [\#((0..<40).map(String.init).joined(separator: ","))], "batch-size": "#
        + #"[\#((1...30).map(String.init).joined(separator: ","))]}}"#,
      [#"the grid has more than 1000 trials; give a number of random "trials", or fewer values"#]
    ),
    ("[1]", [#"it must hold one object: {"network": "unet", "search": {...}}"#]),
  ]

  @Test(arguments: faults.indices) func everythingThatIsWrongIsSaidAtOnce(place: Int) throws {
    let (json, problems) = Self.faults[place]
    try withTemporaryFolder { folder in
      let outcome = try dryRun(json, in: folder)
      #expect(outcome.status == 1 && outcome.output.isEmpty)
      let lines = outcome.errorLines
      #expect(lines.first == "Error: sweep.json is not a sweep that can be done:")
      #expect(Set(lines.dropFirst().dropLast()) == Set(problems.map { "  \($0)" }), "\(outcome.errors)")
      #expect(lines.last == "correct it; docs/tuning.md describes such files")
    }
  }

  @Test func whatIsNoJSONIsALine() throws {
    try withTemporaryFolder { folder in
      expectFailure(
        try dryRun("{", in: folder),
        "Error: sweep.json cannot be read: it is not JSON, or has a number that no type can hold")
      let missing = try Program.tessera.run(["sweep", "nothing.json"], in: folder)
      #expect(missing.status == 1 && missing.errors.hasPrefix("Error: nothing.json cannot be read: "))
    }
  }
}

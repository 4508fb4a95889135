#if MPI
  import Foundation
  import TesseraImaging
  import Testing

  /// `mpirun -n N tessera train` ends with the bits of `tessera train --accumulate N`.
  ///
  /// `TESSERA_ALL_RANKS=1` tries every recipe with 1, 2, 3 and 4 ranks, which takes minutes.
  @Suite(.serialized) struct MPITests {
    private static let triesAll = ProcessInfo.processInfo.environment["TESSERA_ALL_RANKS"] == "1"

    /// A recipe, and the network that it is tried with.
    struct Case: Sendable, CustomTestStringConvertible {
      let ranks: [Int]
      let network: String
      let options: String
      var testDescription: String { "\(network) \(options)" }

      init(_ network: String, _ ranks: [Int], _ options: String) {
        (self.network, self.ranks, self.options) = (network, ranks, options)
      }
    }

    static let cases = (triesAll ? further : []) + usual

    private static let usual = [
      Case("unet", [1, 2, 4], "--width 4 --augmentation standard --class-weights uneven.txt --clip-norm 0.5"),
      Case("unet", [3], "--width 16 --optimizer sgd --weight-decay 0.01 --clip-value 0.01 --schedule cosine"),
      Case("unet", [2], "--width 4 --optimizer adamw --no-bias-decay --average-decay 0.9 --schedule plateau"),
      Case("unet", [3], "--width 4 --optimizer rmsprop --steps-per-epoch 0 --label-smoothing 0.1"),
      Case("unet", [2], "--width 4 --loss cross-entropy+0.5*dice+ohem+0.1*lovasz --class-weights inverse-log"),
      Case("lraspp-mobilenetv3", [4], "--freeze encoder.stages.0 --rate-of encoder=0.5"),
      Case("unet", [2], "--width 4 --teacher teacher.safetensors --deep-supervision 0.5 --class-weights uneven.txt"),
      // Its gradient travels in six buckets.
      Case("fcn-resnet18", [2], "--optimizer adam --warm-up 2"),
    ]

    private static let further = [
      Case("unet", [], "--width 4 --schedule polynomial --augmentation standard --class-weights uneven.txt"),
      Case("unet", [], "--width 4 --schedule step --decay-steps 1 --optimizer sgd --average-decay 0.9"),
      Case("unet", [], "--width 4 --schedule exponential --optimizer rmsprop --clip-norm 0.1"),
      Case("unet", [], "--width 4 --schedule one-cycle --optimizer adamw --clip-value 0.01 --augmentation standard"),
      Case("unet", [], "--width 4 --schedule restarts --decay-steps 1 --average-decay 0.5 --class-weights uneven.txt"),
      Case("segformer-b0", [], "--optimizer adamw --augmentation standard"),
    ]

    private static let small =
      "--data data --image-size 32 --epochs 2 --steps-per-epoch 2 --batch-size 2 --validation-steps 3 --no-tensorboard"
      .split(separator: " ").map(String.init)

    private func words(_ test: Case) -> [String] {
      ["train", test.network] + Self.small + test.options.split(separator: " ").map(String.init)
    }

    /// Pictures of which some are void almost everywhere.
    private func writeData(in folder: String) throws {
      try writeDataset(at: folder + "/data", count: 24)
      for number in [3, 5, 10, 11] {
        let path = "\(folder)/data/masks/\(number).png"
        var mask = try Mask(contentsOf: path, labelSpace: LabelSpace(names: ["left", "right"], void: 255))
        mask = Mask(
          width: mask.width, height: mask.height,
          indices: mask.indices.enumerated().map { $0 < 30 * number % 100 ? $1 : 255 }, labelSpace: mask.labelSpace)
        try mask.write(to: path)
      }
      try write("0.3 2.5\n", to: folder + "/uneven.txt")
      _ = try writeCheckpoint(to: folder + "/teacher.safetensors")
    }

    @Test(arguments: cases) func ranksHaveTheBitsOfOneProcess(test: Case) throws {
      try withTemporaryFolder { folder in
        try writeData(in: folder)
        for ranks in Self.triesAll ? Array(1...4) : test.ranks {
          let alone = try Program.tessera.run(
            words(test) + ["--accumulate", "\(ranks)", "--output", "alone\(ranks)"], in: folder)
          try #require(alone.status == 0, "\(alone.errors)")
          let together = try Mpirun.run(
            ranks, words(test) + ["--output", "together\(ranks)", "--threads", "\(ranks % 2 + 1)"], in: folder)
          try #require(together.status == 0, "\(together.errors)")
          #expect(together.output.contains("\nranks: computing ") == (ranks > 1), "\(together.output)")
          #expect(together.errorLines.count == alone.errorLines.count, "\(together.errors)")
          #expect(try Evidence(folder + "/together\(ranks)") == Evidence(folder + "/alone\(ranks)"), "\(ranks) ranks")
          #expect(
            try filesOfRun(folder + "/together\(ranks)") == filesOfRun(folder + "/alone\(ranks)"), "\(ranks) ranks")
        }
      }
    }

    /// A run of four ranks goes on with two, which accumulate, then alone, then with four.
    @Test func anyNumberOfRanksResumes() throws {
      try withTemporaryFolder { folder in
        let options = ["--width", "4", "--average-decay", "0.9", "--schedule", "plateau"]
        let words = ["train", "unet"] + Self.small + options
        try writeData(in: folder)
        let alone = words + ["--epochs", "4", "--accumulate", "4", "--output", "whole"]
        try #require(Program.tessera.run(alone, in: folder).status == 0)
        try #require(Mpirun.run(4, words + ["--epochs", "1", "--output", "run"], in: folder).status == 0)
        let resumed = ["train", "unet", "--resume", "--output", "run", "--epochs"]
        for (ranks, further) in [(2, ["2"]), (1, ["3"]), (2, ["3", "--accumulate", "2"]), (4, ["4"])] {
          let outcome = try Mpirun.run(ranks, resumed + further, in: folder)
          try #require(outcome.status == 0, "\(ranks) ranks: \(outcome.errors)")
        }
        #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
        // What cannot be divided, or would be another step.
        let three = try Mpirun.run(3, resumed + ["5"], in: folder)
        #expect(three.status == 1)
        #expect(
          three.ownErrorLines.first
            == "Error: 4 batches per step cannot be divided among 3 ranks; the batches must be a multiple of the ranks")
        let other = try Mpirun.run(2, resumed + ["5", "--accumulate", "1"], in: folder)
        #expect(other.status == 1 && other.errors.contains("--accumulate: 4 in the run, 2 now"), "\(other.errors)")
      }
    }

    /// The kinds of processes that cannot do a run with synchronized batch normalization, and what it gives.
    @Test func ranksSynchronizeBatchNormalization() throws {
      try withTemporaryFolder { folder in
        try writeData(in: folder)
        let network = ["train", "lraspp-mobilenetv3"]
        let words = network + Self.small + ["--steps-per-epoch", "2", "--seed", "4"]
        let synchronized = words + ["--synchronize-batchnorm"]
        func losses(_ run: String) throws -> [Double] {
          try objects(String(decoding: contents("\(folder)/\(run)/metrics.jsonl"), as: UTF8.self))
            .filter { $0["event"] as? String == "step" }.compactMap { $0["loss"] as? Double }
        }
        for ranks in [2, 3] {
          let run = "run\(ranks)"
          let outcome = try Mpirun.run(ranks, synchronized + ["--output", run], in: folder)
          try #require(outcome.status == 0, "\(outcome.errors)")
          // Threads do not matter, nor that it was saved and resumed.
          let parts = ["--epochs", "1", "--threads", "2", "--output", run + "parts"]
          try #require(Mpirun.run(ranks, synchronized + parts, in: folder).status == 0)
          let resumed = network + ["--resume", "--output", run + "parts", "--epochs", "2"]
          let rest = try Mpirun.run(ranks, resumed, in: folder)
          try #require(rest.status == 0, "\(rest.errors)")
          #expect(try Evidence("\(folder)/\(run)parts") == Evidence("\(folder)/\(run)"))
          // A batch of all pictures by one process has other bits, and nearly the same losses; batches by themselves
          // not.
          let joined = words + ["--batch-size", "\(2 * ranks)", "--output", run + "joined"]
          let apart = words + ["--accumulate", "\(ranks)", "--output", run + "apart"]
          for alone in [joined, apart] { try #require(Program.tessera.run(alone, in: folder).status == 0) }
          let (found, right, other) = try (losses(run), losses(run + "joined"), losses(run + "apart"))
          #expect(found.count == 4 && abs(found[0] - right[0]) < 1e-4 * right[0], "\(found), \(right)")
          #expect(abs(found[0] - other[0]) > 1e-3 * right[0], "\(found), \(other)")
        }
        func error(_ outcome: Program.Outcome) -> String {
          #expect(outcome.status == 1 && outcome.ownErrorLines.count == 1, "\(outcome.errors)")
          return outcome.ownErrorLines.first ?? ""
        }
        let other = "Error: synchronized batch normalization takes one batch from each rank, and a step has "
        let three = network + ["--resume", "--output", "run3", "--epochs", "3"]
        #expect(
          error(try Program.tessera.run(three, in: folder))
            == other + "3 batches for 1 rank; start 3 ranks, without accumulation")
        #expect(
          error(try Mpirun.run(2, synchronized + ["--accumulate", "2", "--output", "new"], in: folder))
            == other + "4 batches for 2 ranks; start 4 ranks, without accumulation")
        #expect(
          error(try Program.tessera.run(synchronized + ["--output", "new"], in: folder)).hasPrefix(
            "Error: batch normalization is synchronized among several ranks, and this process is alone; "))
        let plain = ["train", "unet", "--width", "4"] + Self.small + ["--synchronize-batchnorm", "--output", "new"]
        #expect(
          error(try Mpirun.run(2, plain, in: folder))
            == "Error: the network has no batch normalization to synchronize")
        #expect(!FileManager.default.fileExists(atPath: folder + "/new"))
        let changed = try Mpirun.run(
          2, network + ["--resume", "--output", "run2apart", "--synchronize-batchnorm"], in: folder)
        #expect(changed.status == 1 && changed.errors.contains("--synchronize-batchnorm"), "\(changed.errors)")
      }
    }

    /// The tool's own proof, with one of several processes killed.
    @Test func resumingIsProvenWithRanks() throws {
      try withTemporaryFolder { folder in
        let words = VerifyResumeTests.run + ["--steps-per-epoch", "12"]
        let outcome = try Mpirun.proof(
          ["--kills", "2", "--launcher", "mpirun -q -n 2", "--output", "proof", "--"] + words, in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 8, "\(outcome.output)")
        #expect(
          lines[1].contains(/^killed after \d+ \(rank [01]\), \d+ \(rank [01]\) steps, and resumed each time$/),
          "\(lines[1])")
        #expect(lines[7] == "resuming is exact on this machine")
        #expect(try Evidence(folder + "/proof/killed") == Evidence(folder + "/proof/whole"))
        let within = try Mpirun.run(2, ["verify-resume"], in: folder)
        #expect(
          within.ownErrorLines == [
            "Error: 'tessera verify-resume' starts ranks itself, to kill and resume them; start it without mpirun, and "
              + "with --launcher 'mpirun -n 2'"
          ])
      }
    }

    /// Each trial is trained by two ranks, whose bits are those of one process that accumulates.
    @Test func aSweepsLauncherStartsRanks() throws {
      try withTemporaryFolder { folder in
        try writeData(in: folder)
        let options = Self.small.reduce(into: [(String, String)]()) { options, word in
          if word.hasPrefix("--") {
            options.append((String(word.dropFirst(2)), "true"))
          } else {
            options[options.count - 1].1 = "\"\(word)\""
          }
        }.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
        let halving = #""halving": {"eta": 2}, "launcher": "mpirun -n 2""#
        try write(
          #"{"network": "unet", "options": {\#(options), "width": 4}, "search": {"seed": [1, 2]}, \#(halving)}"#,
          to: folder + "/sweep.json")
        let outcome = try Mpirun.runStarting(["sweep", "sweep.json", "--output", "out"], in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let best = try #require(outcome.output.firstMatch(of: #/best: out/trial-00(\d)  \(seed=(\d)\)/#))
        let alone = try Program.tessera.run(
          ["train", "unet"] + Self.small + [
            "--width", "4", "--seed", String(best.2), "--accumulate", "2", "--output", "alone",
          ],
          in: folder)
        try #require(alone.status == 0, "\(alone.errors)")
        #expect(try Evidence("\(folder)/out/trial-00\(best.1)") == Evidence(folder + "/alone"))
        let refused = try Mpirun.run(2, ["sweep", "sweep.json"], in: folder)
        #expect(
          refused.errors.contains(
            "Error: 'tessera sweep' starts ranks itself for each trial; start it without mpirun, and with \"launcher\": "
              + "\"mpirun -n 2\" in its file"), "\(refused.errors)")
        let finder = try Mpirun.run(2, ["find-rate", "unet"], in: folder)
        #expect(
          finder.errors.contains("Error: 'tessera find-rate unet' is not divided among processes"), "\(finder.errors)")
      }
    }
  }
#endif

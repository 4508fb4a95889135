#if MPI
  import Foundation
  import TesseraImaging
  import Testing

  /// `mpirun -n N tessera train` ends with the bits of `tessera train --accumulate N`.
  @Suite(.serialized) struct MPITests {
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

    static let cases = [
      Case("unet", [2, 4], "--width 4 --augmentation standard --class-weights uneven.txt --clip-norm 0.5"),
      Case("unet", [3], "--width 16 --optimizer sgd --weight-decay 0.01 --clip-value 0.01 --schedule cosine"),
      Case("unet", [2], "--width 4 --optimizer adamw --no-bias-decay --average-decay 0.9 --schedule plateau"),
      Case("unet", [3], "--width 4 --optimizer rmsprop --steps-per-epoch 0 --label-smoothing 0.1"),
      Case("lraspp-mobilenetv3", [4], "--freeze encoder.stages.0 --rate-of encoder=0.5"),
      Case("fcn-resnet18", [2], "--optimizer adam --warm-up 2"),
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
    }

    @Test(arguments: cases) func ranksHaveTheBitsOfOneProcess(test: Case) throws {
      try withTemporaryFolder { folder in
        try writeData(in: folder)
        for ranks in test.ranks {
          let alone = try Program.tessera.run(
            words(test) + ["--accumulate", "\(ranks)", "--output", "alone\(ranks)"], in: folder)
          try #require(alone.status == 0, "\(alone.errors)")
          let together = try Mpirun.run(
            ranks, words(test) + ["--output", "together\(ranks)", "--threads", "\(ranks % 2 + 1)"], in: folder)
          try #require(together.status == 0, "\(together.errors)")
          #expect(together.output.contains("\nranks: computing "), "\(together.output)")
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
  }
#endif

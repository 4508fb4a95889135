import Foundation
import TesseraCheckpoints
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// Auxiliary scores as a user of the command line meets them.
@Suite struct AuxiliaryHeadTests {
  private static let network = "fcn-mit-b0"
  private static let options =
    "--image-size 32 --epochs 2 --steps-per-epoch 2 --batch-size 2 --validation-steps 1 --no-tensorboard"
    .split(separator: " ").map(String.init)

  private func train(_ options: [String], in folder: String) throws -> Program.Outcome {
    try Program.tessera.run(["train", Self.network] + options, in: folder)
  }

  private func names(_ path: String) throws -> [String] { try SafeTensors(contentsOf: path).names }

  private func record(_ path: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: contents(path)) as? [String: Any])
  }

  private func weight(_ record: [String: Any]) -> Double? {
    ((record["model"] as? [String: Any])?["configuration"] as? [String: Any])?["auxiliaryWeight"] as? Double
  }

  @Test func aRunTrainsItAndResumesWithTheSameBitsAndPredictsWithoutIt() throws {
    try withTemporaryFolder { folder in
      let recipe = Self.options + ["--accumulate", "2", "--average-decay", "0.5", "--rate-of", "auxiliary=2"]
      let whole = try train(recipe + ["--epochs", "3", "--output", "whole"], in: folder)
      try #require(whole.status == 0, "\(whole.errors)")
      #expect(whole.output.contains(" parameters and 58,090 that only training needs, 10 classes"), "\(whole.output)")
      try #require(try train(recipe + ["--output", "run"], in: folder).status == 0)
      let resumed = try train(["--resume", "--output", "run", "--epochs", "3"], in: folder)
      try #require(resumed.status == 0, "\(resumed.errors)")
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
      #expect(try weight(record(folder + "/run/config.json")) == 0.5)
      let (best, last) = ("run/checkpoints/best.safetensors", "run/checkpoints/last.safetensors")
      #expect(try names("\(folder)/\(best)").allSatisfy { !$0.contains("auxiliary") })
      #expect(try names("\(folder)/\(last)").filter { $0.hasPrefix("training/network/auxiliary.") }.count == 7)
      let lines = try objects(String(decoding: contents(folder + "/run/metrics.jsonl"), as: UTF8.self))
      let (loss, parts) = (lines[0]["loss"] as? Double ?? 0, lines[0]["parts"] as? [String: Double] ?? [:])
      #expect(abs(loss - (parts["main"] ?? 0) - 0.5 * (parts["auxiliary"] ?? 0)) < 1e-5)

      let picture = URL(filePath: #filePath).appending(path: "../../TesseraImagingTests/Golden/color.jpg").standardized
      for checkpoint in [best, last] {
        let predict = ["predict", "--checkpoint", checkpoint, "--output", "out", picture.path]
        #expect(try Program.tessera.run(predict, in: folder).status == 0)
        let summary = try Program.tessera.run(["summary", "--checkpoint", checkpoint], in: folder)
        #expect(summary.status == 0 && !summary.output.contains("auxiliary"), "\(summary.errors)")
      }
      let changed = try train(
        ["--resume", "--output", "run", "--epochs", "4", "--auxiliary-weight", "0.25"], in: folder)
      #expect(changed.errors.contains("  --auxiliary-weight: 0.5 in the run, 0.25 now\n"), "\(changed.errors)")
      // A new run from these weights has a new head, and says so.
      let next = try train(Self.options + ["--initial-weights", best, "--output", "next"], in: folder)
      #expect(next.status == 0)
      #expect(
        next.errors.contains(
          "has nothing for what only training needs: new are auxiliary.convolution.convolution.filter, "),
        "\(next.errors)")
    }
  }

  /// A run of a version that knew of no auxiliary scores: neither its record nor its files name a weight.
  @Test func aRunOfAnEarlierVersionGoesOnWithoutIt() throws {
    try withTemporaryFolder { folder in
      let without = Self.options + ["--auxiliary-weight", "0"]
      try #require(try train(without + ["--epochs", "3", "--output", "whole"], in: folder).status == 0)
      try #require(try train(without + ["--output", "run"], in: folder).status == 0)
      let path = folder + "/run/checkpoints/last.safetensors"
      let file = try SafeTensors(contentsOf: path)
      func earlier(_ text: [UInt8]) -> [UInt8] {
        [UInt8](
          String(decoding: text, as: UTF8.self).replacing(/"auxiliaryWeight"\s*:\s*0,\s*/, with: "")
            .replacing(/,\s*"--auxiliary-weight",\s*"0"/, with: "").utf8)
      }
      var tensors: [(name: String, tensor: Tensor)] = []
      var texts: [(name: String, bytes: [UInt8])] = []
      for name in file.names {
        if file.entries[name]?.type == .float32 {
          tensors.append((name, try file.tensor(name)))
        } else {
          texts.append((name, earlier(try file.text(name))))
        }
      }
      let card = try #require(file.metadata["tessera"])
      try SafeTensors.write(
        tensors, texts: texts, metadata: ["tessera": String(decoding: earlier([UInt8](card.utf8)), as: UTF8.self)],
        isChecksummed: true, to: path)
      let config = folder + "/run/config.json"
      try Data(earlier([UInt8](contents(config)))).write(to: URL(filePath: config))
      #expect(try !String(decoding: contents(config), as: UTF8.self).contains("auxiliary"))
      let resumed = try train(["--resume", "--output", "run", "--epochs", "3"], in: folder)
      try #require(resumed.status == 0, "\(resumed.errors)")
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
      #expect(try names(path).allSatisfy { !$0.contains("auxiliary") })
      #expect(try weight(record(config)) == 0)
    }
  }

  @Test func helpListsItOnlyForNetworksThatHaveIt() throws {
    try withTemporaryFolder { folder in
      for (network, hasOne) in [("fcn-resnet50", true), ("deeplabv3-mobilenetv3", true), ("unet-resnet34", false)] {
        let help = try Program.tessera.run(["train", network, "--help"], in: folder, environment: ["COLUMNS": "200"])
        #expect(help.output.contains("--auxiliary-weight <n>") == hasOne, "\(network)")
        #expect(!hasOne || help.output.contains("(default: 0.5)"))
      }
      let refused = try train(["--auxiliary-weight", "2"], in: folder)
      #expect(refused.status == 64)
      #expect(refused.errorLines.first == "Error: --auxiliary-weight must lie in 0...1; got 2", "\(refused.errors)")
    }
  }

  @Test func networksAreListedWithoutIt() throws {
    try withTemporaryFolder { folder in
      let list = try Program.tessera.run(["networks", "fcn-resnet50"], in: folder)
      #expect(list.output.contains("32,957,013"), "\(list.output)")
    }
  }
}

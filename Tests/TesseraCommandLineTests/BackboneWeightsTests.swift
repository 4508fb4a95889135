import Foundation
import TesseraCheckpoints
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// `fcnn --backbone-weights` as a user meets it, with narrow networks that other programs saved.
@Suite struct BackboneWeightsTests {
  private static let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "TesseraPretrainedTests/Golden").path
  private static let tiny =
    "--width 1 --image-size 32 --epochs 2 --steps-per-epoch 2 --batch-size 2 --validation-steps 1"
    .split(separator: " ").map(String.init)

  private func run(_ options: [String], in folder: String) throws -> Program.Outcome {
    try Program.fcnn.run(Self.tiny + options, in: folder)
  }

  private func copy(_ name: String, to folder: String) throws {
    try FileManager.default.copyItem(atPath: "\(Self.golden)/\(name)", toPath: "\(folder)/\(name)")
  }

  @Test func aFrozenBackboneStaysWhatTheFileHolds() throws {
    try withTemporaryFolder { folder in
      try copy("torchvision.safetensors", to: folder)
      let outcome = try run(
        ["--backbone-weights", "torchvision.safetensors", "--freeze-backbone", "--output", "run"], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.output.hasPrefix(
          "fcnn: torchvision VGG-16 weights from torchvision.safetensors, without classifier.0.bias, "
            + "classifier.0.weight, classifier.3.bias, classifier.3.weight, classifier.6.bias, classifier.6.weight\n"))
      let model = try SegmentationCheckpoint(contentsOf: folder + "/run/checkpoints/last.safetensors").model
      #expect(model.normalization == .torchvision)
      let (file, backbone) = (
        try SafeTensors(contentsOf: folder + "/torchvision.safetensors"),
        model.namedParameters.filter { $0.name.hasPrefix("backbone.") }
      )
      #expect(backbone.count == 26)
      let numbers = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
      for (number, index) in zip(numbers, stride(from: 0, to: 26, by: 2)) {
        let (theirs, ours) = (try file.tensor("features.\(number).weight"), backbone[index].parameter.value)
        // [outputs, inputs, 3, 3] and [3, 3, inputs, outputs].
        let (outputs, inputs) = (theirs.shape[0], theirs.shape[1])
        #expect(ours.shape == [3, 3, inputs, outputs])
        let turned = (0..<ours.count).map { place in
          theirs.scalars[(place % outputs * inputs + place / outputs % inputs) * 9 + place / (outputs * inputs)]
        }
        #expect(ours.scalars == turned, "\(backbone[index].name)")
        #expect(try backbone[index + 1].parameter.value == file.tensor("features.\(number).bias"))
      }
      let text = try contents(folder + "/run/config.json")
      let config = try #require(JSONSerialization.jsonObject(with: text) as? [String: Any])
      #expect(config["freeze"] as? [String] == ["backbone"])
      #expect((config["backboneWeights"] as? String)?.hasSuffix("/torchvision.safetensors") == true)
    }
  }

  /// The weights are named by a relative path, and are gone when the run goes on.
  @Test(arguments: ["keras2.h5", "torchvision.pth"]) func aRunGoesOnWithoutTheFile(name: String) throws {
    try withTemporaryFolder { folder in
      try copy(name, to: folder)
      let options = ["--backbone-weights", name]
      try #require(try run(options + ["--epochs", "3", "--output", "whole"], in: folder).status == 0)
      try #require(try run(options + ["--output", "run"], in: folder).status == 0)
      try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      let outcome = try Program.fcnn.run(["--resume", "--output", "run", "--epochs", "3"], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
      let model = try SegmentationCheckpoint(contentsOf: folder + "/run/checkpoints/last.safetensors").model
      #expect(model.normalization == (name == "keras2.h5" ? .caffe : .torchvision))
      let other = try Program.fcnn.run(["--resume", "--output", "run", "--freeze-backbone"], in: folder)
      #expect(other.status == 1)
      #expect(other.errors.contains("  --freeze:  in the run, backbone now\n"), "\(other.errors)")
    }
  }

  @Test func initialWeightsBringTheirNormalization() throws {
    try withTemporaryFolder { folder in
      try copy("timm.safetensors", to: folder)
      try #require(try run(["--backbone-weights", "timm.safetensors", "--output", "run"], in: folder).status == 0)
      let next = ["--initial-weights", "run/checkpoints/best.safetensors", "--freeze-backbone", "--output", "next"]
      try #require(try run(next, in: folder).status == 0)
      let model = try SegmentationCheckpoint(contentsOf: folder + "/next/checkpoints/last.safetensors").model
      #expect(model.normalization == .torchvision)
    }
  }

  @Test(arguments: [
    (
      ["--backbone-weights", "a", "--initial-weights", "b"],
      "give either --backbone-weights or --initial-weights, which has the whole network's, the backbone's too"
    ),
    (
      ["--freeze-backbone"],
      "--freeze-backbone needs --backbone-weights or --initial-weights: random weights would never be trained"
    ),
  ])
  func contradictionsAreWrongUsage(options: [String], message: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try run(options + ["--output", "run"], in: folder)
      #expect(outcome.status == 64)
      #expect(outcome.errorLines.first == "Error: \(message)")
      #expect(try files(in: folder).isEmpty)
    }
  }

  @Test(arguments: [
    (
      ["--backbone-weights", "nowhere.h5"],
      "nowhere.h5: cannot be read: there is no such file. Check the path and its permissions."
    ),
    (
      ["--backbone-weights", golden + "/keras2.h5", "--width", "8"],
      "keras2.h5: block1_conv1/kernel has 1 channels in the file and 8 in the model. Make the model's width 1."
    ),
    (
      ["--backbone-weights", golden + "/keras2.h5", "--head", "convolutionalized"],
      "keras2.h5: fc1/kernel has 8 channels in the file and 64 in the model. Make the model's width 8."
    ),
    (
      ["--backbone-weights", golden + "/calls2.pth"], "calls2.pth: the pickle uses \"posix.system\", and only "
    ),
  ])
  func weightsThatCannotBeUsedLeaveNothingBehind(options: [String], message: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try run(options + ["--output", "run"], in: folder)
      expectFailure(outcome)
      #expect(
        outcome.errors.replacing(Self.golden + "/", with: "").hasPrefix("Error: \(message)"), "\(outcome.errors)")
      #expect(try files(in: folder).isEmpty)
    }
  }
}

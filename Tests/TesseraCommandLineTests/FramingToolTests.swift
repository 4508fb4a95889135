import Foundation
import TesseraImaging
import TesseraNetworks
import Testing

/// Pictures of any shape, from the command line to checkpoints, masks and exports.
@Suite struct FramingToolTests {
  private let options =
    "--data data --width 2 --image-size 16 --batch-size 2 --steps-per-epoch 3 --augmentation standard --threads 1"
    .split(separator: " ").map(String.init)

  /// The checksum that the checkpoint's file has of all its tensors.
  private func weights(_ run: String) throws -> [String: [Float]] {
    let checkpoint = try SegmentationCheckpoint(contentsOf: run + "/checkpoints/last.safetensors")
    return Dictionary(
      uniqueKeysWithValues: checkpoint.model.namedParameters.map { ($0.name, $0.parameter.value.scalars) })
  }

  @Test(arguments: ["pad", "crop", "crop=0.75"]) func aRunIsRecordedResumedAndPredictedWith(framing: String) throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 20)
      let words = options + ["--framing", framing]
      let run = try Program.unet.run(words + ["--epochs", "1", "--output", "run"], in: folder)
      try #require(run.status == 0, "\(run.errors)")
      #expect(
        run.output.contains(framing == "pad" ? " (at 16 x 16; " : " (whole pictures; "), "\(run.output)")
      let record = try #require(
        try JSONSerialization.jsonObject(with: contents(folder + "/run/config.json")) as? [String: Any])
      #expect(record["framing"] as? String == framing)
      // Whole pictures are validated one by one, as many as otherwise.
      #expect(record["validationSteps"] as? Int == (framing == "pad" ? 1 : 2))

      let other = try Program.unet.run(["--resume", "--output", "run", "--framing", "stretch"], in: folder)
      #expect(
        other.status == 1 && other.errors.contains("framing: \(framing) in the run, not set now"), "\(other.errors)")
      // With a cache, too, the bits are those of a run that was never stopped.
      let resumed = try Program.unet.run(
        ["--resume", "--output", "run", "--epochs", "2", "--cache", "cache"], in: folder)
      try #require(resumed.status == 0, "\(resumed.errors)")
      let whole = try Program.unet.run(
        words + ["--epochs", "2", "--output", "whole", "--loader-threads", "3"], in: folder)
      try #require(whole.status == 0, "\(whole.errors)")
      #expect(try weights(folder + "/run") == weights(folder + "/whole"))

      let best = folder + "/run/checkpoints/best.safetensors"
      #expect(try SegmentationCheckpoint(contentsOf: best).framing == Framing(framing))
      let predict = ["predict", "--checkpoint", best, "--output", "out", "data/images/3.png"]
      try #require(try Program.tessera.run(predict, in: folder).status == 0)
      let mask = try Mask(
        contentsOf: folder + "/out/3.mask.png", labelSpace: LabelSpace(names: ["left", "right"], void: nil))
      #expect(mask.width == 20 && mask.height == 12, "at the picture's own size")
      let evaluation = try Program.tessera.run(["evaluate", "--checkpoint", best, "--data", "data"], in: folder)
      #expect(evaluation.status == 0, "\(evaluation.errors)")
      let export = try Program.tessera.run(["export", "--checkpoint", best, "--to", "net.onnx"], in: folder)
      #expect(export.status == 0, "\(export.errors)")
      let model = String(decoding: try contents(folder + "/net.onnx"), as: UTF8.self)
      #expect(model.contains("framing") && model.contains("rest") && model.contains("normalization's mean"))
    }
  }

  @Test func stretchedRunsAreRecordedAsEver() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 20)
      let run = try Program.unet.run(
        options + ["--epochs", "1", "--output", "run", "--framing", "stretch"], in: folder)
      try #require(run.status == 0, "\(run.errors)")
      let record = try #require(
        try JSONSerialization.jsonObject(with: contents(folder + "/run/config.json")) as? [String: Any])
      #expect(record["framing"] == nil)
    }
  }

  @Test func whatDoesNotFitIsSaidBeforeTheFirstStep() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 20)
      func errors(_ words: String, status: Int32 = 64, of program: Program = .unet) throws -> String {
        let outcome = try program.run(words.split(separator: " ").map(String.init), in: folder)
        #expect(outcome.status == status, "\(words): \(outcome.errors)")
        return outcome.errors
      }
      let bad = try errors("--data data --framing crop=3 --output run")
      #expect(
        bad.hasPrefix("Error: --framing must be crop=SCALE with a scale in 0.05...1.0, such as crop=0.5; got crop=3"),
        "\(bad)")
      let unknown = try errors("--data data --framing fit --output run")
      #expect(unknown.contains("'fit' is invalid for '--framing <framing>'"), "\(unknown)")
      let scenes = try errors("--framing pad --output run")
      #expect(scenes.contains("--framing needs --data: built-in scenes are drawn at the size of training pictures"))
      let shown = try errors("show-data --framing crop", of: .tessera)
      #expect(shown.contains("--framing needs a data set"), "\(shown)")
      let word = try errors("show-data data --framing crop=3", of: .tessera)
      #expect(word.contains("must be crop=SCALE with a scale in 0.05...1.0"), "\(word)")

      let counted = try Mask(
        contentsOf: folder + "/data/masks/0.png", labelSpace: LabelSpace(names: ["left", "right"], void: 255))
      for number in 0..<20 {
        let indices = counted.indices.map { $0 == 255 ? 0 : $0 }
        try Mask(width: 20, height: 12, indices: indices, labelSpace: counted.labelSpace)
          .write(to: folder + "/data/masks/\(number).png")
      }
      let noVoid = "--data data --void none --framing crop"
      #expect(
        try errors(noVoid + " --output run", status: 1).hasPrefix(
          "Error: --framing crop fills what lies beside a picture with void, but with --void none every value counts"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
      // Most of what the network would see is padding.
      let wasteful = try Program.unet.run(
        "--data data --width 2 --framing crop --image-size 48 --batch-size 1 --steps-per-epoch 1 --epochs 1 --output run"
          .split(separator: " ").map(String.init), in: folder)
      #expect(
        wasteful.errors.contains(
          "with --framing crop, 89.6 % of the training pictures' pixels lie beside the pictures"),
        "\(wasteful.errors)")
    }
  }

  @Test(arguments: ["pad", "crop", "crop=0.5"]) func showDataDrawsWhatTrainingSees(framing: String) throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 4)
      let outcome = try Program.tessera.run(
        ["show-data", "data", "--framing", framing, "--augmentation", "none", "--image-size", "16"], in: folder)
      #expect(outcome.status == 0 && outcome.output.contains("wrote samples.png"), "\(outcome.errors)")
      #expect(FileManager.default.fileExists(atPath: folder + "/samples.png"))
    }
  }
}

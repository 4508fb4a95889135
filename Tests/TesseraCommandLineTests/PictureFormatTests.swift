import Foundation
import TesseraImaging
import TesseraNetworks
import Testing

/// Data sets and pictures in formats that need a trait, through the commands.
@Suite struct PictureFormatTests {
  /// Pictures and masks of `TesseraImagingTests`.
  private func golden(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "TesseraImagingTests/Golden/\(name)").path
  }

  private func copy(_ name: String, to path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: golden(name), toPath: path)
  }

  @Test(.enabled(if: FileFormat.tiff.isRead && FileFormat.webp.isRead, "needs --traits TIFF,WebP"))
  func picturesAndMasksAreTrainedOnPredictedAndExamined() throws {
    try withTemporaryFolder { folder in
      let images = [
        "tiff-rgb.tif", "tiff-lzw.tif", "tiff-rgb16.tif", "tiff-jpeg.tif", "webp-lossy.webp", "tiff-gray16.tif",
      ]
      for split in ["training", "validation"] {
        for (number, image) in images.enumerated() {
          try copy(image, to: "\(folder)/data/images/\(split)/\(number).\((image as NSString).pathExtension)")
          let mask = number % 2 == 0 ? "tiff-mask.tif" : "tiff-mask32.tif"
          try copy(mask, to: "\(folder)/data/masks/\(split)/\(number).tiff")
        }
      }
      try write((0..<7).map { "class \($0)\n" }.joined(), to: folder + "/data/classes.txt")
      let run = try Program.unet.run(tinyRun + ["--data", "data", "--output", "run", "--cache", "cache"], in: folder)
      try #require(run.status == 0, "\(run.errors)")
      #expect(!run.errors.contains("left out"))
      let outcome = try Program.tessera.run(
        ["predict", "--checkpoint", "run/checkpoints/last.safetensors", "data/images/training", "--output", "out"],
        in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let space = LabelSpace(names: (0..<7).map { "class \($0)" }, void: nil)
      for number in images.indices {
        let mask = try Mask(contentsOf: "\(folder)/out/\(number).mask.png", labelSpace: space)
        #expect(mask.width == 23 && mask.height == 17)
      }
      // Pictures that both splits have are the only errors.
      let doctor = try Program.tessera.run(["doctor", "data", "--image-size", "32"], in: folder)
      #expect(!(doctor.output + doctor.errors).contains("cannot be read"), "\(doctor.output)")
      #expect((doctor.output + doctor.errors).contains("16 bits per sample"), "\(doctor.output)")
    }
  }

  /// Satellite bands: trained, cached, resumed, measured, predicted, exported and examined.
  @Test(.enabled(if: FileFormat.tiff.isRead, "needs --traits TIFF"))
  func anyNumberOfChannelsGoesThroughAllCommands() throws {
    try withTemporaryFolder { folder in
      for split in ["training", "validation"] {
        for number in 0..<4 {
          try copy("tiff-pages6-16.tif", to: "\(folder)/data/images/\(split)/\(number).tif")
          try copy("tiff-mask.tif", to: "\(folder)/data/masks/\(split)/\(number).tif")
        }
      }
      try write((0..<7).map { "class \($0)\n" }.joined(), to: folder + "/data/classes.txt")
      let words = tinyRun + ["--data", "data", "--augmentation", "standard", "--threads", "1"]
      let run = try Program.unet.run(words + ["--output", "run", "--epochs", "1", "--cache", "cache"], in: folder)
      try #require(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("of 6 channels"))
      #expect(run.errors.contains("changes no colors of pictures with 6 channels"), "\(run.errors)")
      let resumed = try Program.unet.run(["--resume", "--output", "run", "--epochs", "2"], in: folder)
      try #require(resumed.status == 0, "\(resumed.errors)")
      let whole = try Program.unet.run(words + ["--output", "whole"], in: folder)
      try #require(whole.status == 0, "\(whole.errors)")
      let last = "checkpoints/last.safetensors"
      let models = try ["run", "whole"].map { try SegmentationCheckpoint(contentsOf: "\(folder)/\($0)/\(last)").model }
      for (one, other) in zip(models[0].namedParameters, models[1].namedParameters) {
        #expect(one.parameter.value.scalars == other.parameter.value.scalars, "\(one.name)")
      }
      // Each channel's mean and deviation in the data.
      let pixels = try Pixels(contentsOf: golden("tiff-pages6-16.tif")).tensor
      let normalization = models[0].normalization
      #expect(normalization.channels == 6)
      for channel in 0..<6 {
        let values = stride(from: channel, to: pixels.count, by: 6).map { Double(pixels.scalars[$0]) }
        let mean = values.reduce(0, +) / Double(values.count)
        #expect(abs(Double(normalization.mean[channel]) - mean) < 0.05 * mean)
        #expect((10...200).contains(normalization.deviation[channel]))
      }
      for command in [
        ["predict", "--checkpoint", "run/" + last, "data/images/training", "--output", "out"],
        ["evaluate", "--checkpoint", "run/" + last, "--data", "data"],
        ["export", "--checkpoint", "run/" + last, "--to", "net.onnx"], ["show-data", "data", "--output", "sheet.png"],
        ["summary", "--checkpoint", "run/" + last],
      ] {
        let outcome = try Program.tessera.run(command, in: folder)
        #expect(outcome.status == 0, "\(command): \(outcome.errors)")
      }
      #expect(String(decoding: try contents(folder + "/net.onnx"), as: UTF8.self).contains("6 channels in 0...255"))
      let overlay = try Image(contentsOf: folder + "/out/0.overlay.png")
      #expect(overlay.width == 23 && overlay.channels == 3)
      let doctor = try Program.tessera.run(["doctor", "data", "--image-size", "32"], in: folder)
      #expect(!(doctor.output + doctor.errors).contains("cannot be read"), "\(doctor.output)")
    }
  }

  @Test(.enabled(if: FileFormat.tiff.isRead, "needs --traits TIFF"))
  func otherNumbersOfChannelsAreNamedBeforeTheFirstStep() throws {
    try withTemporaryFolder { folder in
      for number in 0..<4 {
        try copy(number == 2 ? "tiff-rgb.tif" : "tiff-bands4.tif", to: "\(folder)/data/images/\(number).tif")
        try copy("tiff-mask.tif", to: "\(folder)/data/masks/\(number).tif")
      }
      try write((0..<7).map { "class \($0)\n" }.joined(), to: folder + "/data/classes.txt")
      let mixed = try Program.unet.run(tinyRun + ["--data", "data", "--output", "run"], in: folder)
      #expect(mixed.status == 1 && mixed.errors.contains("; all pictures must have as many"), "\(mixed.errors)")
      _ = try writeCheckpoint(to: folder + "/net.safetensors", classes: 7)
      let predict = try Program.tessera.run(
        ["predict", "--checkpoint", "net.safetensors", "--output", "out", "data/images/0.tif"], in: folder)
      #expect(
        predict.errors
          == "Error: data/images/0.tif has 4 channels, but the network sees 3; give it pictures like those it "
          + "was trained on\n")
      try FileManager.default.removeItem(atPath: folder + "/data/images/2.tif")
      try FileManager.default.removeItem(atPath: folder + "/data/masks/2.tif")
      let begun = try Program.unet.run(
        [
          "--width", "2", "--image-size", "32", "--epochs", "1", "--steps-per-epoch", "1", "--data", "data",
          "--initial-weights",
          "net.safetensors", "--output", "run2",
        ], in: folder)
      #expect(begun.status == 1 && begun.errors.contains("begins from sees 3"), "\(begun.errors)")
    }
  }

  @Test(.disabled(if: FileFormat.tiff.isRead, "is about builds without the trait TIFF"))
  func withoutTheTraitOneErrorNamesItAndTheScript() throws {
    try withTemporaryFolder { folder in
      let remedy = "build the program with --traits TIFF (scripts/setup.sh --tiff installs what that needs)"
      _ = try writeCheckpoint(to: folder + "/net.safetensors")
      try copy("tiff-rgb.tif", to: folder + "/in/a.tif")
      let predict = ["predict", "--checkpoint", "net.safetensors", "--output", "out"]
      #expect(
        try Program.tessera.run(predict + ["in/a.tif"], in: folder).errors
          == "Error: in/a.tif: is not a JPEG or PNG picture but a TIFF; \(remedy), or convert it to PNG\n")
      #expect(
        try Program.tessera.run(predict + ["in"], in: folder).errors
          == "Error: the folder in holds no JPEG or PNG pictures; to read its TIFF pictures, \(remedy)\n")
      try copy("tiff-rgb.tif", to: folder + "/data/images/a.tif")
      try copy("tiff-mask.tif", to: folder + "/data/masks/a.tif")
      try write("a\nb\n", to: folder + "/data/classes.txt")
      let run = try Program.unet.run(tinyRun + ["--data", "data"], in: folder)
      #expect(run.status == 1 && run.errors.contains(remedy), "\(run.errors)")
    }
  }
}

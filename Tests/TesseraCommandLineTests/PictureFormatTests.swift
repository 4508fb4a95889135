import Foundation
import TesseraImaging
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
      let images = ["tiff-rgb.tif", "tiff-lzw.tif", "tiff-rgb16.tif", "tiff-jpeg.tif", "webp-lossy.webp", "tiff-gray16.tif"]
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

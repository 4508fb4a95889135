import Foundation
import TesseraImaging
import TesseraNetworks
import Testing

/// Rectangular pictures, from the command line to checkpoints, masks, exports and pages.
@Suite struct RectangleTests {
  @Test func aRunOnRectanglesIsRecordedResumedPredictedWithAndExported() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 20)
      let options = "--data data --width 2 --image-size 48x32 --batch-size 2 --steps-per-epoch 2 --validation-steps 1"
      let words = options.split(separator: " ").map(String.init)
      let run = try Program.unet.run(words + ["--epochs", "1", "--output", "run"], in: folder)
      try #require(run.status == 0, "\(run.errors)")
      #expect(run.output.contains(" (at 48 x 32; "), "\(run.output)")
      let other = try Program.unet.run(["--resume", "--output", "run", "--image-size", "32x48"], in: folder)
      #expect(
        other.status == 1 && other.errors.contains("--image-size: 48x32 in the run, 32x48 now"), "\(other.errors)")
      let resumed = try Program.unet.run(["--resume", "--output", "run", "--epochs", "2"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")

      let best = folder + "/run/checkpoints/best.safetensors"
      #expect(try SegmentationCheckpoint(contentsOf: best).imageSize == ImageSize(width: 48, height: 32))
      let predict = ["predict", "--checkpoint", best, "--output", "out", "data/images/3.png"]
      try #require(try Program.tessera.run(predict, in: folder).status == 0)
      let mask = try Mask(
        contentsOf: folder + "/out/3.mask.png", labelSpace: LabelSpace(names: ["left", "right"], void: nil))
      #expect(mask.width == 20 && mask.height == 12, "at the picture's own size")
      let evaluation = try Program.tessera.run(["evaluate", "--checkpoint", best, "--data", "data"], in: folder)
      #expect(evaluation.status == 0, "\(evaluation.errors)")
      let export = try Program.tessera.run(
        ["export", "--checkpoint", best, "--to", "net.onnx", "--size", "48x32"], in: folder)
      #expect(export.output == "net.onnx: image [batch, 3, 32, 48] -> logits [batch, 2, 32, 48]\n", "\(export.errors)")
      #expect(String(decoding: try contents(folder + "/run/report.html"), as: UTF8.self).contains("48 × 32"))
    }
  }

  @Test func aSizeThatIsNoneIsToldWithOnesThatAre() throws {
    try withTemporaryFolder { folder in
      for text in ["48x", "0x32", "48x32x3", "big"] {
        let outcome = try Program.unet.run(["--image-size", text, "--output", "run"], in: folder)
        #expect(outcome.status == 64)
        #expect(outcome.errorLines.first == "Error: The value '\(text)' is invalid for '--image-size <size>'")
        #expect(
          outcome.errorLines.dropFirst().first
            == "hint: a size is a side or width x height, such as 128 or 480x360, in 1...16384 pixels")
      }
      let stride = try Program.unet.run(["--image-size", "48x40", "--output", "run"], in: folder)
      #expect(stride.status == 64)
      let lines = [
        "Error: --image-size must be a multiple of 16 for unet; got 48x40", "Usage: unet <options>",
        "  See 'unet --help' for more information.",
      ]
      #expect(stride.errorLines == lines)
      let within = try Program.tessera.run(["train", "unet", "--image-size", "48x40", "--output", "run"], in: folder)
      #expect(
        within.errorLines
          == lines.map {
            $0.replacing("unet <", with: "tessera train unet <").replacing("'unet", with: "'tessera train unet")
          })
    }
  }
}

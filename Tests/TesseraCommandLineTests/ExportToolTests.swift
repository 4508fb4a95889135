import Foundation
import Testing

/// `tessera export` as a user meets it; what the file holds is TesseraONNXTests' business.
@Suite struct ExportToolTests {
  @Test func aCheckpointBecomesAFile() throws {
    try withTemporaryFolder { folder in
      _ = try writeCheckpoint(to: folder + "/net.safetensors")
      let whole = try Program.tessera.run(
        ["export", "--checkpoint", "net.safetensors", "--to", "net.onnx"], in: folder)
      #expect(whole.status == 0 && whole.errors.isEmpty)
      #expect(whole.output == "net.onnx: image [batch, 3, height, width] -> logits [batch, 2, height, width]\n")
      let fixed = try Program.tessera.run(
        [
          "export", "--checkpoint", "net.safetensors", "--to", "fixed.ONNX", "--size", "32x16", "--batch", "2",
          "--layout", "nhwc", "--result", "classes", "--pixels", "unit",
        ], in: folder)
      #expect(fixed.status == 0, "\(fixed.errors)")
      #expect(fixed.output == "fixed.ONNX: image [2, 16, 32, 3] -> classes [2, 16, 32]\n")
      #expect(try files(in: folder) == ["net.safetensors", "net.onnx", "fixed.ONNX"])
      #expect(try contents(folder + "/net.onnx").count > 4 * 30_000)
    }
  }

  @Test func whatCannotBeExportedLeavesNothing() throws {
    try withTemporaryFolder { folder in
      _ = try writeCheckpoint(to: folder + "/net.safetensors")
      try write("no checkpoint at all", to: folder + "/other.safetensors")
      let before = try files(in: folder)
      func export(_ arguments: String...) throws -> Program.Outcome {
        try Program.tessera.run(["export"] + arguments, in: folder)
      }
      expectFailure(try export("--checkpoint", "other.safetensors", "--to", "a.onnx"))
      expectFailure(try export("--checkpoint", "none.safetensors", "--to", "a.onnx"))
      expectFailure(
        try export("--checkpoint", "net.safetensors", "--to", "a.onnx", "--size", "40"),
        "Error: the network takes pictures whose sides are positive multiples of 16; got 40 x 40")
      let unwritable = try export("--checkpoint", "net.safetensors", "--to", "none/a.onnx")
      expectFailure(unwritable)
      #expect(unwritable.errors.hasPrefix("Error: none/a.onnx: cannot be written: "))
      for (arguments, line) in [
        (["--to", "a.pb"], "Error: --to must name a file that ends in .onnx; got a.pb"),
        (["--to", "a.onnx", "--batch", "0"], "Error: --batch must lie in 1...16384; got 0"),
        (["--to", "a.onnx", "--size", "4x"], "Error: The value '4x' is invalid for '--size <size>'"),
      ] {
        let outcome = try Program.tessera.run(["export", "--checkpoint", "net.safetensors"] + arguments, in: folder)
        #expect(outcome.status == 64 && outcome.errorLines.first == line, "\(outcome.errors)")
      }
      #expect(try files(in: folder) == before)
    }
  }
}

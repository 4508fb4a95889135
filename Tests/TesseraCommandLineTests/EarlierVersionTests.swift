import Foundation
import TesseraImaging
import TesseraKernels
import Testing

/// What version 0.1.0 left behind (`scripts/golden/earlier_runs.sh`) is still read, resumed and predicted with.
@Suite struct EarlierVersionTests {
  private static let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden").path

  /// The lines of a run that are not of validation, which has few pixels.
  private func steps(_ path: String) throws -> [[String: Any]] {
    try objects(String(decoding: contents(path), as: UTF8.self)).filter { $0["event"] as? String == "step" }
  }

  @Test(arguments: ["unet", "fcnn"]) func aRunGoesOn(network: String) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(atPath: "\(Self.golden)/\(network)", toPath: folder + "/run")
      let outcome = try Program(name: network).run(["--resume", "--output", "run", "--epochs", "2"], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      // The order of sums is another one, which a few steps do not make much of.
      #expect(
        outcome.errors.contains(
          instructionSet == "avx512"
            ? "the run was computed by Tessera 0.1.0, which adds up products in another order: from here on the bits "
              + "differ from those of an uninterrupted run" : "the run computed with avx512"), "\(outcome.errors)")
      let (now, then) = (try steps(folder + "/run/metrics.jsonl"), try steps(folder + "/run/resumed.jsonl"))
      try #require(now.count == then.count && !now.isEmpty)
      for (now, then) in zip(now, then) {
        #expect(now["step"] as? Int == then["step"] as? Int && now["epoch"] as? Int == then["epoch"] as? Int)
        #expect(now["learningRate"] as? Double == then["learningRate"] as? Double)
        let (loss, expected) = (now["loss"] as? Double ?? .nan, then["loss"] as? Double ?? 0)
        #expect(abs(loss - expected) < 0.05 * expected, "\(now), \(then)")
      }
    }
  }

  @Test func otherKernelsAreSaid() throws {
    guard matrixKernels != "Prescott" else { return }
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(atPath: "\(Self.golden)/unet", toPath: folder + "/run")
      let path = folder + "/run/config.json"
      let known = String(decoding: try contents(path), as: UTF8.self)
        .replacingOccurrences(
          of: "\"instructionSet\" : \"avx512\"",
          with: "\"instructionSet\" : \"\(instructionSet)\", \"matrixKernels\" : \"Prescott\""
        )
        .replacingOccurrences(of: "\"tessera\" : \"0.1.0\"", with: "\"tessera\" : \"0.2.0\"")
      try Data(known.utf8).write(to: URL(filePath: path))
      for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/run/checkpoints") {
        try FileManager.default.removeItem(atPath: folder + "/run/checkpoints/\(name)")
      }
      let outcome = try Program.unet.run(["--resume", "--output", "run", "--epochs", "1"], in: folder)
      #expect(
        outcome.errors.contains(
          "the run multiplied matrices with OpenBLAS's Prescott kernels, and now \(matrixKernels) are used "
            + "(OPENBLAS_CORETYPE=Prescott in the environment keeps them): from here on the bits differ from those of an "
            + "uninterrupted run"), "\(outcome.errors)")
    }
  }

  /// A folder of the network's checkpoint, and the mask that the version which made it predicted.
  @Test(arguments: ["unet/checkpoints/best", "unet/checkpoints/last", "fcnn/checkpoints/last", "fcnn-head"])
  func aCheckpointPredicts(checkpoint: String) throws {
    try withTemporaryFolder { folder in
      let picture = URL(filePath: Self.golden).appending(path: "../../TesseraImagingTests/Golden/color.jpg").path
      let outcome = try Program.tessera.run(
        ["predict", "--checkpoint", "\(Self.golden)/\(checkpoint).safetensors", "--output", "out", picture], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let network = String(checkpoint.prefix { $0 != "/" })
      func indices(_ path: String) throws -> [UInt16] {
        try Mask(contentsOf: path, labelSpace: LabelSpace(names: (0..<10).map { "\($0)" }, void: nil)).indices
      }
      let (now, then) = (
        try indices(folder + "/out/color.mask.png"), try indices("\(Self.golden)/\(network).mask.png")
      )
      #expect(zip(now, then).count { $0 != $1 } <= now.count / 50)
    }
  }

  @Test func aReportIsMadeOfARun() throws {
    try withTemporaryFolder { folder in
      for network in ["unet", "fcnn"] {
        try FileManager.default.copyItem(atPath: "\(Self.golden)/\(network)", toPath: "\(folder)/\(network)")
      }
      let report = try Program.tessera.run(["report", "unet"], in: folder)
      try #require(report.status == 0, "\(report.errors)")
      #expect(String(decoding: try contents(folder + "/unet/report.html"), as: UTF8.self).contains("--width"))
      let comparison = try Program.tessera.run(["compare", "unet", "fcnn"], in: folder)
      #expect(comparison.status == 0 && comparison.output.contains("fcnn"), "\(comparison.errors)")
    }
  }
}

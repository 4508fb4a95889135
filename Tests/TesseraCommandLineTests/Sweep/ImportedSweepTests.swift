import Foundation
import Testing

/// Sweeps of networks that only files have.
@Suite struct ImportedSweepTests {
  private func importNetwork(to name: String, in folder: String) throws {
    let outcome = try Program.tessera.run(
      ["import", ImportToolTests.network, "--to", name, "--pixels", "unit"], in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
  }

  private func sweep(_ options: String, _ search: String, in folder: String) throws -> Program.Outcome {
    let common =
      #""epochs": 1, "steps-per-epoch": 2, "batch-size": 2, "validation-steps": 1, "no-tensorboard": true, "#
    try write(
      #"{"network": "onnx", "options": {\#(common)\#(options)}, "search": {\#(search)}}"#, to: folder + "/sweep.json")
    return try Program.tessera.run(["sweep", "sweep.json", "--output", "out"], in: folder)
  }

  @Test func anImportedNetworkIsSearchedLikeAnyOther() throws {
    try withTemporaryFolder { folder in
      for name in ["a.safetensors", "b.safetensors"] { try importNetwork(to: name, in: folder) }
      let outcome = try sweep(
        #""image-size": 32"#, #""initial-weights": ["a.safetensors", "b.safetensors"], "learning-rate": [0.001]"#,
        in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.output.hasPrefix("2 trials of onnx, a grid over initial-weights, learning-rate: 2 epochs in all\n"))
      for number in 1...2 {
        let record = try JSONSerialization.jsonObject(with: contents("\(folder)/out/trial-00\(number)/config.json"))
        let model = (record as? [String: Any])?["model"] as? [String: Any]
        #expect(model?["name"] as? String == "onnx")
      }
    }
  }

  @Test(arguments: [
    (
      #""image-size": 32"#,
      "onnx stands for networks of other programs: name one by --initial-weights FILE, which 'tessera import' has made  "
        + "(learning-rate=0.001)"
    ),
    (
      #""image-size": 31, "initial-weights": "net.safetensors""#,
      "--image-size must be a multiple of 2 for onnx; got 31  (learning-rate=0.001)"
    ),
    (
      #""image-size": 32, "width": 4, "initial-weights": "net.safetensors""#, "onnx has no --width; unet has"
    ),
  ])
  func whatItCannotBeTrainedWithIsSaidBefore(options: String, problem: String) throws {
    try withTemporaryFolder { folder in
      try importNetwork(to: "net.safetensors", in: folder)
      let outcome = try sweep(options, #""learning-rate": [0.001]"#, in: folder)
      #expect(outcome.status == 1 && outcome.errorLines.count == 3, "\(outcome.errors)")
      #expect(outcome.errorLines.dropFirst().first == "  \(problem)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/out"))
    }
  }
}

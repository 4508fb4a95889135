import Foundation
import Testing

/// A sweep's folder whose `sweep.json` is lost or damaged.
@Suite struct LostRecordTests {
  private func file(_ rates: String, network: String = "unet") -> String {
    let options =
      #""epochs": 2, "image-size": 32, "steps-per-epoch": 2, "batch-size": 2, "validation-steps": 1, "data": "data", "#
      + #""no-tensorboard": true"#
    return #"{"network": "\#(network)", "options": {\#(options)}, "search": {"learning-rate": \#(rates)}, "#
      + #""halving": {"eta": 2}, "metric": "validationLoss"}"#
  }

  private func text(_ path: String) throws -> String { String(decoding: try contents(path), as: UTF8.self) }

  private func sweep(_ file: String, in folder: String) throws -> Program.Outcome {
    try write(file, to: folder + "/sweep.json")
    return try Program.tessera.run(["sweep", "sweep.json", "--output", "out"], in: folder)
  }

  @Test func itFollowsFromTheTrialsFolders() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let first = try sweep(file("[0.001, 1e-5]"), in: folder)
      try #require(first.status == 0, "\(first.errors)")
      let record = try contents(folder + "/out/sweep.json")

      try write("{\"format\": 1, ", to: folder + "/out/sweep.json")
      expectFailure(
        try sweep(file("[0.001, 1e-5]"), in: folder),
        "Error: out/sweep.json cannot be read: it is not JSON, or has a number that no type can hold; remove it, and "
          + "'sweep FILE --output out' writes it anew from the trials' folders")

      try FileManager.default.removeItem(atPath: folder + "/out/sweep.json")
      let others = try sweep(file("[0.001, 1e-4]"), in: folder)
      #expect(
        others.errorLines.first?.hasPrefix("Error: out holds another sweep, in which trial-002 is '") == true
          && others.errors.contains("--learning-rate 1e-05' instead of '"), "\(others.errors)")
      let network = try sweep(file("[0.001, 1e-5]", network: "unet-mobilenetv2"), in: folder)
      expectFailure(network, "Error: out holds a sweep of unet; choose another --output")
      #expect(!FileManager.default.fileExists(atPath: folder + "/out/sweep.json"))

      let again = try sweep(file("[0.001, 1e-5]"), in: folder)
      try #require(again.status == 0, "\(again.errors)")
      #expect(
        again.errorLines.first
          == "note: out has lost its sweep.json, which is written anew from the trials' folders")
      #expect(try contents(folder + "/out/sweep.json") == record)
      #expect(!again.output.contains("epoch 1: "), "nothing is trained again")
    }
  }

  @Test func runsThatAreNotThoseOfTheirTrialsAreRefusedAndLostEpochsAreSaid() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let words = file("[0.001, 1e-5]")
      try #require(try sweep(words, in: folder).status == 0)
      func exchange() throws {
        for (from, to) in [("trial-001", "other"), ("trial-002", "trial-001"), ("other", "trial-002")] {
          try FileManager.default.moveItem(atPath: "\(folder)/out/\(from)", toPath: "\(folder)/out/\(to)")
        }
      }
      try exchange()
      let exchanged = try sweep(words, in: folder)
      #expect(
        exchanged.errorLines.first?.hasPrefix("Error: out holds another sweep, in which trial-001 is '") == true,
        "\(exchanged.errors)")
      try exchange()

      let finished = try ["trial-001", "trial-002"].first {
        try text("\(folder)/out/\($0)/status.json").contains("finished")
      }
      let trial = try #require(finished)
      let path = "\(folder)/out/\(trial)/metrics.jsonl"
      let lines = try text(path).split(separator: "\n").filter { !$0.contains("\"epoch\":2") }
      try write(lines.map { $0 + "\n" }.joined(), to: path)
      let lost = try sweep(words, in: folder)
      #expect(
        lost.output.contains(
          "failed: out/\(trial)/metrics.jsonl lacks some of its 2 epochs; remove out/\(trial), and the same command"),
        "\(lost.output)")
    }
  }
}

import Foundation
import TesseraCheckpoints
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// A network that learns from a teacher, as a user of the command line meets it.
@Suite struct DistillationToolTests {
  private func train(_ words: [String], in folder: String) throws -> Program.Outcome {
    try Program.unet.run(words, in: folder)
  }

  private func record(_ run: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: contents("\(run)/config.json")) as? [String: Any])
  }

  private static let taught =
    tinyRun + ["--data", "data", "--teacher", "teacher.safetensors", "--temperature", "3", "--no-tensorboard"]

  private func writeTeacher(_ path: String, _ names: [String] = ["class 0", "class 1"], seed: UInt64 = 9) throws {
    let model = UNet(.init(classes: names.count, width: 6), random: RandomStream(seed: seed))
    try SegmentationCheckpoint(model: model, labelSpace: LabelSpace(names: names, void: 255), imageSize: 32)
      .save(to: path)
  }

  @Test func aRunTellsRecordsAndResumesWithItsTeacherOnly() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 8)
      try writeTeacher(folder + "/teacher.safetensors")
      let words = Self.taught + ["--accumulate", "2", "--class-weights", "1,3", "--teacher-weight", "0.75"]
      let whole = try train(words + ["--output", "whole"], in: folder)
      try #require(whole.status == 0, "\(whole.errors)")
      #expect(
        whole.output.contains(
          "\nteacher: U-Net from teacher.safetensors, 304,082 parameters (1 MB), sees pictures at 32 x 32; weight 0.75, "
            + "temperature 3.0"), "\(whole.output)")
      let record = try record(folder + "/whole")
      #expect((record["teacher"] as? String)?.hasSuffix("/teacher.safetensors") == true)
      #expect((record["teacherChecksum"] as? String)?.count == 8)
      #expect(record["teacherWeight"] as? Double == 0.75 && record["temperature"] as? Double == 3)
      let steps = try objects(String(decoding: contents(folder + "/whole/metrics.jsonl"), as: UTF8.self))
      let parts = steps.compactMap { $0["parts"] as? [String: Double] }
      #expect(!parts.isEmpty && parts.allSatisfy { $0.keys.sorted() == ["cross-entropy", "teacher"] })

      try #require(try train(words + ["--epochs", "1", "--output", "run"], in: folder).status == 0)
      func resume(_ words: [String]) throws -> Program.Outcome {
        try train(["--resume", "--output", "run", "--epochs", "2"] + words, in: folder)
      }
      try writeTeacher(folder + "/other.safetensors", seed: 10)
      let other = try resume(["--teacher", "other.safetensors"])
      #expect(other.status == 1)
      #expect(
        other.errors.contains("  the network that --teacher names: \(record["teacherChecksum"] ?? "") in the run, "))
      for (option, line) in [
        ("--temperature", "--temperature: 3 in the run, 2 now"),
        ("--teacher-weight", "--teacher-weight: 0.75 in the run, 1 now"),
      ] {
        let changed = try resume([option, option == "--temperature" ? "2" : "1"])
        #expect(changed.status == 1 && changed.errors.contains(line), "\(changed.errors)")
      }
      // The same teacher at another place is the same teacher.
      try FileManager.default.moveItem(atPath: folder + "/teacher.safetensors", toPath: folder + "/moved.safetensors")
      let gone = try resume([])
      #expect(gone.status == 1)
      #expect(
        gone.errorLines.first?.hasSuffix(
          "/teacher.safetensors, the run's teacher, is not there; say with --teacher where it is now") == true,
        "\(gone.errors)")
      let resumed = try resume(["--teacher", "moved.safetensors"])
      try #require(resumed.status == 0, "\(resumed.errors)")
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
      // Threads do not matter.
      let threads = try train(
        words + ["--teacher", "moved.safetensors", "--threads", "3", "--output", "threads"], in: folder)
      #expect(threads.status == 0)
      #expect(try Evidence(folder + "/threads") == Evidence(folder + "/whole"))
      // Plain runs say nothing of teachers, and none can be added later.
      try #require(try train(tinyRun + ["--data", "data", "--output", "plain"], in: folder).status == 0)
      #expect(try self.record(folder + "/plain").keys.allSatisfy { !$0.contains("eacher") && $0 != "temperature" })
      let late = try train(
        ["--resume", "--output", "plain", "--epochs", "3", "--teacher", "moved.safetensors"], in: folder)
      #expect(late.status == 1 && late.errors.contains("the network that --teacher names: not set in the run, "))
    }
  }

  @Test func anyNetworkTeachesAtItsOwnSizeAndOnlyWhatTheRunLearns() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 8)
      try write("left\nright\n", to: folder + "/data/classes.txt")
      let model = try #require(NetworkCatalog.standard["lraspp-mobilenetv3"])
      func save(_ configuration: some NetworkConfiguration) throws {
        try SegmentationCheckpoint(
          model: configuration.makeNetwork(random: RandomStream(seed: 2)),
          labelSpace: LabelSpace(names: ["other", "right", "tree", "LEFT"], void: 0), imageSize: 64, framing: .pad
        ).save(to: folder + "/teacher.safetensors")
      }
      try save(model.init(classes: 4))
      let outcome = try train(Self.taught + ["--output", "run", "--loss", "dice"], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains(", sees pictures at 32 x 32; weight 0.5, temperature 3.0"), "\(outcome.output)")
      #expect(
        outcome.errors.contains(
          "note: the teacher knows classes that the run does not have: tree; its probabilities are those of the others "
            + "among themselves"), "\(outcome.errors)")
      #expect(
        outcome.errors.contains(
          "Warning: the teacher was trained with another --framing than stretch: it sees pictures in another shape or at "
            + "another scale than it has learned; train both with the same"), "\(outcome.errors)")
    }
  }

  @Test func whatCannotTeachIsRefusedBeforeAnythingIsWritten() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 8)
      try write("left\nright\n", to: folder + "/data/classes.txt")
      try writeTeacher(folder + "/classes.safetensors", ["left", "top"])
      try write("not weights\n", to: folder + "/text.safetensors")
      let bands = UNet(.init(classes: 2, width: 2, normalization: .unit(channels: 4)), random: RandomStream(seed: 1))
      try SegmentationCheckpoint(
        model: bands, labelSpace: LabelSpace(names: ["left", "right"], void: 255), imageSize: 32
      ).save(to: folder + "/bands.safetensors")
      try SafeTensors.write([("a", Tensor([1]))], to: folder + "/weights.safetensors")
      func refused(_ words: [String], _ message: String, status: Int32 = 1) throws {
        let outcome = try train(tinyRun + ["--data", "data", "--output", "run"] + words, in: folder)
        #expect(outcome.status == status, "\(words): \(outcome.errors)")
        #expect(outcome.errorLines.first?.contains(message) == true, "\(words): \(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/run"), "\(words)")
      }
      try refused(["--teacher", "classes.safetensors"], "cannot teach 2 classes: it knows nothing of right; take a ")
      try refused(
        ["--teacher", "bands.safetensors"], "sees pictures with 4 channels, and these have 3; take a teacher ")
      try refused(["--teacher", "text.safetensors"], "text.safetensors")
      try refused(
        ["--teacher", "weights.safetensors"], "is not a Tessera checkpoint: it holds weights only, no description")
      try refused(["--teacher", "nothing.safetensors"], "nothing.safetensors: ")
      try refused(["--temperature", "3"], "--temperature has no effect with no --teacher; choose --teacher FILE")
      try refused(
        ["--teacher-weight", "0.3"], "--teacher-weight has no effect with no --teacher; choose --teacher FILE")
      for (option, value, rule) in [
        ("--teacher-weight", "0", "be above 0 and at most 1"), ("--teacher-weight", "1.5", "be above 0 and at most 1"),
        ("--temperature", "0", "lie in 0.1...100"), ("--temperature", "nan", "lie in 0.1...100"),
      ] {
        try refused(["--teacher", "x", option, value], "\(option) must \(rule); got \(value)", status: 64)
      }
      // It would be its own teacher.
      try writeTeacher(folder + "/own.safetensors", ["left", "right"])
      try refused(
        ["--width", "6", "--teacher", "own.safetensors", "--initial-weights", "own.safetensors"],
        "own.safetensors cannot teach: the network begins with the same weights, and would only learn to stay as it is; "
      )
    }
  }

  /// Scores of earlier results, with a teacher for the network's own.
  @Test func aRunWithDeepSupervisionResumesWithTheSameBitsAndPredictsWithoutIt() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 8)
      try writeTeacher(folder + "/teacher.safetensors")
      let words = Self.taught + ["--deep-supervision", "0.5"]
      let whole = try train(words + ["--output", "whole"], in: folder)
      try #require(whole.status == 0, "\(whole.errors)")
      #expect(whole.output.contains(" parameters and 52 that only training needs, 2 classes"), "\(whole.output)")
      try #require(try train(words + ["--epochs", "1", "--output", "run"], in: folder).status == 0)
      let resumed = try train(["--resume", "--output", "run", "--epochs", "2"], in: folder)
      try #require(resumed.status == 0, "\(resumed.errors)")
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
      let lines = try objects(String(decoding: contents(folder + "/run/metrics.jsonl"), as: UTF8.self))
      let (loss, parts) = (lines[0]["loss"] as? Double ?? 0, lines[0]["parts"] as? [String: Double] ?? [:])
      #expect(parts.keys.sorted() == ["auxiliary", "auxiliary2", "cross-entropy", "main", "teacher"])
      let (main, first, second) = (parts["main"] ?? 0, parts["auxiliary"] ?? 0, parts["auxiliary2"] ?? 0)
      #expect(abs(loss - main - 0.5 * first - 0.25 * second) < 1e-5)
      #expect(abs(main - 0.5 * (parts["cross-entropy"] ?? 0) - 0.5 * (parts["teacher"] ?? 0)) < 1e-5)
      for name in ["best", "last"] {
        let path = "run/checkpoints/\(name).safetensors"
        let names = try SafeTensors(contentsOf: "\(folder)/\(path)").names.filter { $0.contains("supervision") }
        #expect(names.count == (name == "best" ? 0 : 16) && names.allSatisfy { $0.hasPrefix("training/") })
        let summary = try Program.tessera.run(["summary", "--checkpoint", path], in: folder)
        #expect(summary.status == 0 && !summary.output.contains("supervision"), "\(summary.errors)")
        let export = try Program.tessera.run(
          ["export", "--checkpoint", path, "--to", "\(name).onnx"], in: folder)
        #expect(export.status == 0, "\(export.errors)")
      }
      let changed = try train(["--resume", "--output", "run", "--epochs", "3", "--deep-supervision", "1"], in: folder)
      #expect(changed.errors.contains("  --deep-supervision: 0.5 in the run, 1 now\n"), "\(changed.errors)")
      let none = try Program.tessera.run(["train", "fcn-resnet18", "--deep-supervision", "1"], in: folder)
      #expect(none.errors.contains("fcn-resnet18 has no --deep-supervision; unet-resnet18 has"), "\(none.errors)")
    }
  }
}

import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// `tessera evaluate` measures what a checkpoint was trained for: its void value, its classes, what its run held out.
@Suite struct EvaluatedDataTests {
  /// Pictures of three classes, in other shares each; entry k of `order` is the value that class k has in the masks.
  private func writeData(
    _ folder: String, names: [String], order: [Int] = [0, 1, 2], flat count: Int? = nil, masks: String = "masks"
  ) throws {
    let space = LabelSpace(names: names, void: nil)
    let part = count == nil ? "/validation" : ""
    for kind in ["images", masks] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(kind)\(part)", withIntermediateDirectories: true)
    }
    for number in 0..<(count ?? 2) {
      let indices = (0..<32 * 32).map { UInt16(order[$0 % 32 <= number ? 0 : $0 % 32 < 24 ? 1 : 2]) }
      let image = (0..<32 * 32 * 3).map { UInt8(truncatingIfNeeded: ($0 * (7 + number)) >> 2) }
      try Image(width: 32, height: 32, channels: 3, pixels: image).write(to: "\(folder)/images\(part)/\(number).png")
      try Mask(width: 32, height: 32, indices: indices, labelSpace: space).write(
        to: "\(folder)/\(masks)\(part)/\(number).png")
    }
    if !names.isEmpty { try write(names.joined(separator: "\n") + "\n", to: folder + "/classes.txt") }
  }

  private func writeCheckpoint(
    _ path: String, names: [String] = ["sky", "cat", "dog"], void: Int? = 255, notes: [String: String] = [:]
  ) throws {
    let model = UNet(.init(classes: names.count, width: 4, dropout: 0), random: RandomStream(seed: 3))
    try SegmentationCheckpoint(
      model: model, labelSpace: LabelSpace(names: names, void: void), imageSize: 32, notes: notes
    ).save(to: path)
  }

  private func evaluate(
    _ data: String, _ more: String = "", in folder: String
  ) throws -> (classes: [String: [String: Double]], outcome: Program.Outcome) {
    let outcome = try Program.tessera.run(
      ["evaluate", "--checkpoint", "net.safetensors", "--data", data, "--json"]
        + more.split(separator: " ").map(String.init), in: folder)
    let report = try objects(outcome.output).first
    var classes: [String: [String: Double]] = [:]
    for score in report?["classes"] as? [[String: Any]] ?? [] {
      classes[score["name"] as? String ?? ""] = score.compactMapValues { ($0 as? NSNumber)?.doubleValue }
    }
    return (classes, outcome)
  }

  @Test func classesInAnotherOrderAreMappedByName() throws {
    try withTemporaryFolder { folder in
      try writeCheckpoint(folder + "/net.safetensors")
      try writeData(folder + "/a", names: ["sky", "cat", "dog"])
      try writeData(folder + "/b", names: ["dog", "sky", "cat"], order: [1, 2, 0])
      let (plain, mapped) = (try evaluate("a", in: folder), try evaluate("b", in: folder))
      #expect(plain.classes.count == 3 && plain.classes == mapped.classes)
      #expect(plain.outcome.errors.isEmpty)
      #expect(
        mapped.outcome.errorLines == [
          "note: b lists the classes in a different order than net.safetensors: they are mapped by name (dog is 0 in "
            + "the masks and 2 in the checkpoint)"
        ])
    }
  }

  @Test func theCheckpointsVoidIsTheDefault() throws {
    try withTemporaryFolder { folder in
      try writeCheckpoint(folder + "/net.safetensors", void: 0)
      try writeData(folder + "/a", names: ["sky", "cat", "dog"])
      try writeData(folder + "/b", names: ["dog", "sky", "cat"], order: [1, 2, 0])
      let (plain, mapped) = (try evaluate("a", in: folder), try evaluate("b", in: folder))
      #expect(Set(plain.classes.keys) == ["cat", "dog"], "sky is not counted")
      #expect(plain.classes == mapped.classes)
      #expect(
        plain.outcome.errorLines == ["note: 0 is void, as in the training of net.safetensors; --void overrides it"])
      let counted = try evaluate("a", "--void none", in: folder)
      #expect(counted.classes.count == 3 && counted.outcome.errors.isEmpty)
    }
  }

  /// The run counted every value; measured is by the layout's void, in whatever order the classes are.
  @Test func theLayoutsVoidIsNotCountedWhereTheCheckpointKnowsNone() throws {
    try withTemporaryFolder { folder in
      try writeCheckpoint(folder + "/net.safetensors", void: nil)
      try writeData(folder + "/a", names: ["sky", "cat", "dog"], masks: "annotations")
      try writeData(folder + "/b", names: ["dog", "sky", "cat"], order: [1, 2, 0], masks: "annotations")
      let (plain, mapped) = (try evaluate("a", in: folder), try evaluate("b", in: folder))
      // 0 is sky in the first, and dog in the second.
      #expect(plain.classes.compactMapValues { $0["pixels"] } == ["cat": 1440, "dog": 512], "\(plain.outcome.errors)")
      #expect(mapped.classes.compactMapValues { $0["pixels"] } == ["sky": 96, "cat": 1440], "\(mapped.outcome.errors)")
    }
  }

  @Test func dataWithoutNamesHaveTheCheckpointsClasses() throws {
    try withTemporaryFolder { folder in
      try writeCheckpoint(folder + "/net.safetensors", names: ["sky", "cat", "dog", "cow"])
      // The greatest class does not occur: the data alone would have three.
      try writeData(folder + "/a", names: [])
      let measured = try evaluate("a", in: folder)
      #expect(Set(measured.classes.keys) == ["sky", "cat", "dog", "cow"], "\(measured.outcome.errors)")
      #expect(
        measured.outcome.errorLines.first
          == "note: a does not name its classes: its numbers are taken to be those of net.safetensors (0 is sky, "
          + "1 is cat, ...)")
    }
  }

  @Test func otherClassesAreRefusedWithTheDifferences() throws {
    try withTemporaryFolder { folder in
      try writeCheckpoint(folder + "/net.safetensors")
      try writeData(folder + "/a", names: ["sky", "cow", "dog"])
      expectFailure(
        try evaluate("a", in: folder).outcome,
        "Error: net.safetensors was trained for other classes than the data set names: class 1 is \"cow\" in the data set "
          + "and \"cat\" in the checkpoint; use the data it was trained for, or name the classes in classes.txt as it does"
      )
      try writeData(folder + "/c", names: ["sky", "cow", "horse"])
      #expect(
        try evaluate("c", in: folder).outcome.errors.contains(
          "class 1 is \"cow\" in the data set and \"cat\" in the checkpoint and 1 more; use the data"))
      // A name that moves the others: what moved is no difference.
      try writeData(folder + "/d", names: ["cat", "cow", "sky"])
      #expect(
        try evaluate("d", in: folder).outcome.errors.contains(
          "than the data set names: only the data set has \"cow\", only the checkpoint \"dog\"; use the data"))
      try writeData(folder + "/b", names: ["sky", "cat", "dog", "cow"])
      expectFailure(
        try evaluate("b", in: folder).outcome,
        "Error: net.safetensors was trained with 3 classes, but the data set has 4; use the data it was trained for")
    }
  }

  @Test func whatTrainingHeldOutIsMeasured() throws {
    try withTemporaryFolder { folder in
      try writeData(folder + "/flat", names: ["sky", "cat", "dog"], flat: 20)
      let data = try DatasetFolder(at: folder + "/flat")
      let heldOut = try #require(try data.heldOut(seed: 7))
      #expect(HeldOutPictures(text: heldOut.text) == heldOut)
      try writeCheckpoint(folder + "/net.safetensors", notes: [HeldOutPictures.note: heldOut.text])
      func pixels(_ measured: [String: [String: Double]]) -> [Double] {
        ["sky", "cat", "dog"].map { measured[$0]?["pixels"] ?? 0 }
      }
      func truth(seed: UInt64) throws -> [Double] {
        let survey = try DatasetSurvey(of: try data.dataset(.validation, seed: seed))
        return (0..<3).map { Double(survey.pixels[$0] ?? 0) }
      }
      let (chosen, usual) = (try truth(seed: 7), try truth(seed: 1234))
      try #require(chosen != usual, "the test tells the seeds apart")
      let measured = try evaluate("flat", in: folder)
      #expect(pixels(measured.classes) == chosen)
      #expect(
        measured.outcome.errorLines
          == ["note: measuring the pictures that the training of net.safetensors held out (--seed 7)"])
      let other = try evaluate("flat", "--seed 1234", in: folder)
      #expect(pixels(other.classes) == usual)
      #expect(other.outcome.errors.hasPrefix("Warning: the training of net.safetensors held out by --seed 7, not 1234"))
      // A checkpoint of an earlier version says nothing.
      try writeCheckpoint(folder + "/net.safetensors")
      let old = try evaluate("flat", in: folder)
      #expect(pixels(old.classes) == usual)
      #expect(
        old.outcome.errors.hasPrefix("Warning: net.safetensors does not say which pictures its training held out"))
      try writeCheckpoint(folder + "/net.safetensors", notes: [HeldOutPictures.note: heldOut.text])
      for kind in ["images", "masks"] { try FileManager.default.removeItem(atPath: "\(folder)/flat/\(kind)/3.png") }
      let fewer = try evaluate("flat", in: folder)
      #expect(
        fewer.outcome.errors.hasPrefix(
          "Warning: flat does not hold the same pictures as in the training of net.safetensors (20 then, 19 now)"))
    }
  }

  @Test func checkpointsSayWhatTheirRunHeldOut() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 20)
      try #require(
        try Program.unet.run(tinyRun + ["--data", "data", "--seed", "7", "--output", "run"], in: folder).status == 0)
      let expected = try DatasetFolder(at: folder + "/data").heldOut(seed: 7)
      for name in ["last", "best"] {
        let checkpoint = try SegmentationCheckpoint(contentsOf: "\(folder)/run/checkpoints/\(name).safetensors")
        #expect(checkpoint.notes[HeldOutPictures.note].flatMap(HeldOutPictures.init) == expected)
      }
    }
  }

  @Test func damagedFilesAreToldBeforeAnythingIsPredicted() throws {
    try withTemporaryFolder { folder in
      try writeCheckpoint(folder + "/net.safetensors")
      try writeData(folder + "/a", names: ["sky", "cat", "dog"])
      for number in 0..<2 { try write("", to: "\(folder)/a/images/validation/\(number).png") }
      let outcome = try evaluate("a", in: folder).outcome
      #expect(outcome.status == 1 && outcome.errorLines.count == 3)
      #expect(outcome.errorLines.first == "Error: 2 files cannot be used; fix them or remove the pictures:")
    }
  }

  @Test func figuresOfOneClassAreCalledSo() throws {
    try withTemporaryFolder { folder in
      try writeCheckpoint(folder + "/net.safetensors")
      try writeData(folder + "/a", names: ["sky", "cat", "dog"], order: [1, 1, 1])
      #expect(
        try evaluate("a", in: folder).outcome.errorLines
          == ["Warning: all counted pixels are cat (255 is void and not counted): the figures say nothing"])
    }
  }

  @Test func weightsOfAnotherOrderOfClassesAreToldBeforeTraining() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let model = UNet(.init(classes: 2, width: 4, dropout: 0.3), random: RandomStream(seed: 3))
      try SegmentationCheckpoint(
        model: model, labelSpace: LabelSpace(names: ["right", "left"], void: 255), imageSize: 32
      )
      .save(to: folder + "/net.safetensors")
      let outcome = try Program.unet.run(
        tinyRun + ["--data", "data", "--initial-weights", "net.safetensors", "--output", "run"], in: folder)
      #expect(
        outcome.errorLines.first == "Warning: net.safetensors knows the same classes in a different order: its "
          + "output 0 is right, which is class 1 of --data; order classes.txt and masks alike, or what it "
          + "has learned about them is lost")
    }
  }
}

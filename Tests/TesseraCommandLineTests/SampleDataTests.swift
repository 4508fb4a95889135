import Foundation
import TesseraNetworks
import TesseraSegmentation
import Testing

/// Real pictures: streets, cell membranes and three of ADE20K.
@Suite(.enabled(if: hasSharedData, "needs ../shared/data"))
struct SampleDataTests {
  static let settings =
    "--width 2 --image-size 32 --epochs 1 --steps-per-epoch 2 --batch-size 2 --validation-steps 1"
    .split(separator: " ").map(String.init)

  @Test(arguments: [("street-sample", 12, 48, 10), ("membrane", 2, 24, 6)])
  func twoStepsOnRealPictures(name: String, classes: Int, training: Int, validation: Int) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(
        Self.settings + ["--data", "\(sharedData)/\(name)", "--output", "run"], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.output.contains("\(classes) classes, \(training) training and \(validation) validation pictures"))
      let checkpoint = try SegmentationCheckpoint(contentsOf: folder + "/run/checkpoints/last.safetensors")
      #expect(checkpoint.labelSpace.count == classes)
    }
  }

  /// The sample has validation pictures only; they stand in for training ones.
  @Test func twoStepsOnADE20K() throws {
    try withTemporaryFolder { folder in
      let sample = sharedData + "/ade20k-sample"
      for part in ["images", "annotations"] {
        try FileManager.default.createDirectory(atPath: "\(folder)/ade/\(part)", withIntermediateDirectories: true)
        for split in ["training", "validation"] {
          try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/ade/\(part)/\(split)", withDestinationPath: "\(sample)/\(part)/validation")
        }
      }
      try FileManager.default.copyItem(
        atPath: sample + "/objectInfo150.txt", toPath: folder + "/ade/objectInfo150.txt")
      let outcome = try Program.unet.run(Self.settings + ["--data", "ade", "--output", "run"], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("151 classes, 3 training and 3 validation pictures"))
      let checkpoint = try SegmentationCheckpoint(contentsOf: folder + "/run/checkpoints/last.safetensors")
      #expect(checkpoint.labelSpace == .ade20k)

      let all = try Program.unet.run(
        Self.settings + ["--data", "ade", "--void", "none", "--output", "all"], in: folder)
      try #require(all.status == 0, "\(all.errors)")
      #expect(all.output.contains("151 classes"))
      let counting = try SegmentationCheckpoint(contentsOf: folder + "/all/checkpoints/last.safetensors")
      #expect(counting.labelSpace.void == nil && counting.labelSpace.count == 151)
    }
  }

  @Test func aSplitThatIsMissingIsNamed() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(
        Self.settings + ["--data", sharedData + "/ade20k-sample", "--output", "run"], in: folder)
      #expect(outcome.status == 1 && outcome.errorLines.count == 1)
      #expect(outcome.errors.contains("has no training data: "))
    }
  }

  @Test(arguments: [("street-sample", "annotations"), ("membrane", "masks"), ("ade20k-sample", "annotations")])
  func theTruthAsAPredictionIsPerfect(name: String, masks: String) throws {
    try withTemporaryFolder { folder in
      let data = "\(sharedData)/\(name)"
      let outcome = try Program.tessera.run(
        ["evaluate", "--data", data, "--predictions", "\(data)/\(masks)/validation", "--json"], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let report = try #require(try objects(outcome.output).first)
      #expect(report["pixelAccuracy"] as? Double == 1)
      #expect(report["frequencyWeightedIoU"] as? Double == 1)
      let classes = try #require(report["classes"] as? [[String: Any]])
      #expect(classes.count == (name == "membrane" ? 2 : name == "street-sample" ? 11 : 150))
    }
  }
}

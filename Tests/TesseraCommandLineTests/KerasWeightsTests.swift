import Foundation
import TesseraArchives
import TesseraNetworks
import TesseraTensors
import Testing

/// `--weights` of whole networks that Keras saved (scripts/golden/keras_networks.py), as a user meets it.
@Suite struct KerasWeightsTests {
  private static let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "TesseraPretrainedTests/Golden/keras-networks.zip").path

  /// A short training in `folder`, whose `tmp` is the folder of temporary files.
  private func train(_ network: String, from name: String, width: Int = 1, in folder: String) throws -> Program.Outcome
  {
    let bytes = try ArchiveFile(contentsOf: Self.golden).bytes(at: name, atMost: 1 << 20)
    try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"))
    try FileManager.default.createDirectory(atPath: folder + "/tmp", withIntermediateDirectories: true)
    let words =
      "train \(network) --weights \(name) --width \(width) --image-size 32 --epochs 1 --steps-per-epoch 1 --batch-size 2 "
      + "--validation-steps 1 --output run"
    return try Program.tessera.run(
      words.split(separator: " ").map(String.init), in: folder, environment: ["TMPDIR": folder + "/tmp"])
  }

  @Test(arguments: [("unet", "unet.keras", "U-Net"), ("fcnn", "fcnn-keras2.h5", "FCNN")])
  func aTrainingStartsFromThem(network: String, name: String, title: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try train(network, from: name, in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.output.hasPrefix("\(network): Keras \(title) weights from \(name); it has 4 classes: new are "),
        "\(outcome.output)")
      // Whatever the network's usual weights expect.
      let model = try SegmentationCheckpoint(contentsOf: folder + "/run/checkpoints/last.safetensors").model
      #expect(model.normalization == .unit)
      #expect(try files(in: folder + "/tmp").isEmpty)
    }
  }

  @Test func whatCannotBeUsedLeavesNothingBehind() throws {
    try withTemporaryFolder { folder in
      let outcome = try train("unet", from: "unet.keras", width: 2, in: folder)
      expectFailure(outcome)
      #expect(
        outcome.errors.hasPrefix(
          "Error: unet.keras: conv2d_19/kernel has 1 channels in the file and 2 in the model. Make the model's width 1."
        ),
        "\(outcome.errors)")
      #expect(try files(in: folder) == ["unet.keras"])
    }
  }
}

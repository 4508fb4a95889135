import Foundation
import TesseraCheckpoints
import TesseraImaging
import TesseraNetworks
import TesseraTensors
import Testing

/// `--encoder-weights` and `--weights` as a user meets them, with files of encoders and checkpoints of other networks.
@Suite struct EncoderWeightsTests {
  private static let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "TesseraPretrainedTests/Golden")

  /// torchvision's MobileNetV2 without its scores, all zeros.
  private func writeMobileNet(to path: String, leavingOut: String = "none", adding: [String] = []) throws {
    let file = try SafeTensors(contentsOf: Self.golden.appending(path: "Zoo/unet-mobilenetv2.safetensors").path)
    let names = try JSONDecoder().decode([String].self, from: Data(try #require(file.metadata["names"]).utf8))
    let shapes = try JSONDecoder().decode([[Int]].self, from: Data(try #require(file.metadata["shapes"]).utf8))
    let arrays = zip(names, shapes).filter { $0.0.hasPrefix("encoder.") && !$0.0.contains(leavingOut) }
    try SafeTensors.write(
      arrays.map { (String($0.dropFirst("encoder.".count)), Tensor.zeros(Shape($1))) }
        + adding.map { ($0, Tensor.zeros([1])) }, to: path)
  }

  private func writeCheckpoint(to path: String) throws {
    typealias Network = EncoderDecoder<DeepLabV3PlusDecoder, MobileNetV2>
    let model = Network(.init(classes: 2), random: RandomStream(seed: 3))
    try SegmentationCheckpoint(model: model, labelSpace: LabelSpace(names: ["a", "b"], void: nil), imageSize: 32)
      .save(to: path)
  }

  private func train(_ network: String, _ options: String, in folder: String) throws -> Program.Outcome {
    let tiny = "--image-size 32 --epochs 1 --steps-per-epoch 1 --batch-size 2 --validation-steps 1 --output run"
    return try Program.tessera.run(
      "train \(network) \(tiny) \(options)".split(separator: " ").map(String.init), in: folder)
  }

  @Test(arguments: [
    (
      "unet-resnet34", "--encoder-weights mobilenet.safetensors",
      "mobilenet.safetensors holds MobileNetV2 weights, and unet-resnet34 needs ResNet-34"
    ),
    (
      "fcnn", "--encoder-weights mobilenet.safetensors",
      "mobilenet.safetensors holds MobileNetV2 weights, and fcnn needs VGG-16"
    ),
    (
      "unet-mobilenetv2", "--weights mobilenet.safetensors",
      "mobilenet.safetensors holds only an encoder, MobileNetV2: use it as --encoder-weights"
    ),
    (
      "unet-mobilenetv2", "--weights deeplab.safetensors",
      "deeplab.safetensors is of the network deeplabv3plus-mobilenetv2, and this run trains unet-mobilenetv2; start its "
        + "MobileNetV2 from it with --encoder-weights"
    ),
    (
      "unet-resnet34", "--encoder-weights deeplab.safetensors",
      "deeplab.safetensors is a checkpoint of deeplabv3plus-mobilenetv2, which has MobileNetV2, and unet-resnet34 needs "
        + "ResNet-34"
    ),
    (
      "unet", "--initial-weights vgg.pth",
      "vgg.pth: holds none of the weights that the network can start from (Keras U-Net): its names begin with "
        + "features.0.weight, features.0.bias, features.2.weight, features.2.bias. Save the "
        + "weights of one of these networks as its program names them."
    ),
    ("fcnn", "--weights vgg.pth", "vgg.pth holds only an encoder, VGG-16: use it as --encoder-weights"),
  ])
  func filesOfSomethingElseAreNamed(network: String, options: String, message: String) throws {
    try withTemporaryFolder { folder in
      try writeMobileNet(to: folder + "/mobilenet.safetensors")
      try writeCheckpoint(to: folder + "/deeplab.safetensors")
      try FileManager.default.copyItem(
        atPath: Self.golden.appending(path: "torchvision.pth").path, toPath: folder + "/vgg.pth")
      let outcome = try train(network, options, in: folder)
      expectFailure(outcome, "Error: \(message)")
      #expect(outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
    }
  }

  @Test func theEncoderOfAnotherNetworksCheckpointStartsARun() throws {
    try withTemporaryFolder { folder in
      try writeCheckpoint(to: folder + "/deeplab.safetensors")
      let outcome = try train("unet-mobilenetv2", "--encoder-weights deeplab.safetensors --freeze-encoder", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let count = try SafeTensors(contentsOf: folder + "/deeplab.safetensors").names.count { $0.hasPrefix("decoder.") }
      let line =
        "unet-mobilenetv2: MobileNetV2 of deeplabv3plus-mobilenetv2 from deeplab.safetensors, without decoder (\(count) arrays)"
      #expect(outcome.output.hasPrefix(line + "\n"), "\(outcome.output)")
      let (before, after) = (
        try SafeTensors(contentsOf: folder + "/deeplab.safetensors"),
        try SafeTensors(contentsOf: folder + "/run/checkpoints/last.safetensors")
      )
      let filters = before.names.filter { $0.hasPrefix("encoder.") && $0.hasSuffix(".filter") }
      #expect(filters.count > 50)
      for name in filters { #expect(try before.tensor(name) == after.tensor(name), "\(name)") }
      // Its own checkpoint, too.
      let again = try train(
        "unet-mobilenetv2", "--encoder-weights run/checkpoints/last.safetensors --output again", in: folder)
      #expect(
        again.status == 0 && again.output.contains(": MobileNetV2 of unet-mobilenetv2 from run/"), "\(again.errors)")
    }
  }

  /// Where nobody looks at a terminal, the line is followed by everything.
  @Test func theCompleteReportFollowsTheLine() throws {
    try withTemporaryFolder { folder in
      try writeMobileNet(to: folder + "/m.safetensors", leavingOut: "features.3.", adding: ["extra.weight"])
      let outcome = try train("unet-mobilenetv2", "--encoder-weights m.safetensors", in: folder)
      #expect(outcome.status == 1)
      try #require(outcome.errorLines.count == 17)
      let line = """
        Error: m.safetensors: does not fit as torchvision MobileNetV2 weights: missing (15): \
        features.3.conv.0.0.weight, features.3.conv.0.1.weight, features.3.conv.0.1.bias, \
        features.3.conv.0.1.running_mean, and 11 others; unused (1): extra.weight; nothing was loaded. \
        Save the weights of the whole network again.
        """
      #expect(outcome.errorLines[0] == line)
      #expect(outcome.errorLines[1] == "  missing: features.3.conv.0.0.weight")
      #expect(outcome.errorLines[16] == "  unused: extra.weight")
    }
  }
}

import Foundation
import TesseraCheckpoints
import TesseraLayers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// `tessera train NETWORK --encoder-weights` with weights of a program that has other details than the encoder's own.
@Suite struct EncoderVariantTests {
  typealias Configuration = EncoderDecoder<LRASPPDecoder, MobileNetV3>.Configuration

  /// Every array of timm's MobileNetV3 that the encoder has, with one number for all.
  private func write(to path: String) throws {
    let table = try #require(Configuration.weightTables.first { $0.name == "timm MobileNetV3-Large" })
    let model = Configuration(classes: 2).makeNetwork(random: RandomStream(seed: 1))
    let shapes = Dictionary(model.namedParameters.map { ($0.name, $0.parameter.shape) }) { first, _ in first }
    let tensors = table.layers.flatMap { layer in
      zip(table.names(of: layer), layer.properties).map { name, property in
        let own = shapes["\(layer.path ?? "").\(property)"] ?? []
        return (name, Tensor(repeating: 0.1, shape: own.rank == 4 ? [own[3], own[2], own[0], own[1]] : own))
      }
    }
    try SafeTensors.write(tensors, to: path)
  }

  @Test func theNetworkHasTheDetailsOfItsWeightsAndKeepsThem() throws {
    try withTemporaryFolder { folder in
      try write(to: folder + "/timm.safetensors")
      let tiny = "--image-size 32 --steps-per-epoch 1 --batch-size 2 --validation-steps 1 --threads 1"
        .split(separator: " ").map(String.init)
      let start = ["train", "lraspp-mobilenetv3"]
      let outcome = try Program.tessera.run(
        start + tiny + ["--encoder-weights", "timm.safetensors", "--epochs", "1", "--output", "run"], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.output.hasPrefix(
          "lraspp-mobilenetv3: timm MobileNetV3-Large weights from timm.safetensors; encoder as there: batch "
            + "normalizations with epsilon 1e-05 and momentum 0.9\n"), "\(outcome.output)")
      try FileManager.default.removeItem(atPath: folder + "/timm.safetensors")
      let resumed = try Program.tessera.run(start + ["--resume", "--output", "run", "--epochs", "2"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      let initial = start + tiny + ["--initial-weights", "run/checkpoints/best.safetensors", "--epochs", "1"]
      let next = try Program.tessera.run(initial + ["--output", "next"], in: folder)
      #expect(next.status == 0, "\(next.errors)")
      for run in ["run", "next"] {
        let model = try SegmentationCheckpoint(contentsOf: "\(folder)/\(run)/checkpoints/last.safetensors").model
        #expect(model.configuration.encoderVariant == EncoderVariant(batchNorm: .pyTorch))
      }
    }
  }
}

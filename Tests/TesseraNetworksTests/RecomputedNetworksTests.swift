import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

/// Networks that are computed a second time on the way back: all encoders, all decoders, and the two without an
/// encoder.
@Suite struct RecomputedNetworksTests {
  static let names = [
    "unet", "fcnn", "unet-resnet18", "unetplusplus-resnet34", "fpn-resnet18", "deeplabv3plus-resnet50",
    "pspnet-resnet101", "unet-vgg16", "unet-vgg16bn", "deeplabv3-mobilenetv2", "lraspp-mobilenetv3",
    "fcn-efficientnet-b0", "segformer-b0", "unet-mit-b1", "fpn-mit-b2",
  ]

  @Test func noEncoderOrDecoderIsMissing() {
    let parts = Set(Self.names)
    for encoder in NetworkCatalog.encoders.map({ $0.name }) {
      #expect(parts.contains { $0.hasSuffix(encoder.replacing("mit-", with: "")) }, "\(encoder)")
    }
    for decoder in NetworkCatalog.decoders.map({ $0.name }) {
      #expect(parts.contains { $0.hasPrefix("\(decoder)-") }, "\(decoder)")
    }
  }

  @Test(arguments: names) func gradientsHaveTheBitsOfATapeThatKeepsAll(name: String) throws {
    let network = try #require(NetworkCatalog.standard[name])
    let model = try make(network.init(classes: 3))
    let side = max(32, model.sizeMultiple)
    let images = Tensor.random([2, side, side, 3], seed: 5, in: 0..<255)
    let labels = (0..<2 * side * side).map { Int32($0 / 7 % 3) }
    func pass(recomputing: Bool) -> (loss: Tensor, gradients: [Tensor?], moves: [Tensor]) {
      let tape = Tape(holdingMovesWith: RandomStream(seed: 6), recomputesBlocks: recomputing)
      let losses = model.trainingLogits(of: images, on: tape).map {
        softmaxCrossEntropy($0.logits, labels: labels).mean * $0.weight
      }
      let loss = losses.dropFirst().reduce(losses[0], +)
      let gradients = tape.gradients(of: loss)
      return (loss.value, model.parameters.map { gradients[$0] }, (tape.heldMoves ?? []).map(\.addition))
    }
    let (kept, recomputed) = (pass(recomputing: false), pass(recomputing: true))
    #expect(kept.loss == recomputed.loss && kept.loss.item.isFinite)
    #expect(kept.moves == recomputed.moves)
    for ((path, _), (one, other)) in zip(model.namedParameters, zip(kept.gradients, recomputed.gradients)) {
      #expect(one == other, "\(name) \(path)")
    }
  }

  /// What a step keeps at its peak, in the pool of its own.
  @Test(arguments: [
    ("unet-resnet18", 0.9), ("segformer-b0", 0.75), ("deeplabv3plus-mobilenetv2", 0.6), ("unet", 0.96),
  ])
  func lessIsKept(name: String, share: Double) throws {
    let network = try #require(NetworkCatalog.standard[name])
    let model = try make(network.init(classes: 3))
    model.makeParameters()
    func peak(recomputing: Bool) -> Int {
      let pool = BufferPool()
      return ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
        let tape = Tape(random: RandomStream(seed: 1), recomputesBlocks: recomputing)
        let logits = model.logits(of: Tensor(repeating: 1, shape: [4, 64, 64, 3]), on: tape)
        let gradients = tape.gradients(of: logits.mean())
        // Gradients are kept in either case.
        return pool.statistics.peak - model.parameters.reduce(0) { $0 + (gradients[$1]?.count ?? 0) * 4 }
      }
    }
    let (kept, recomputed) = (peak(recomputing: false), peak(recomputing: true))
    #expect(Double(recomputed) < share * Double(kept), "\(recomputed >> 10) of \(kept >> 10) KB")
  }

  /// The network with few channels where it has a choice.
  private func make(_ configuration: some NetworkConfiguration) throws -> any SegmentationModel {
    if var small = configuration as? UNet.Configuration {
      small.width = 8
      return UNet(small, random: RandomStream(seed: 3))
    }
    if var small = configuration as? FCNN.Configuration {
      small.width = 8
      small.head = .convolutionalized(width: 32)
      return FCNN(small, random: RandomStream(seed: 3))
    }
    return configuration.makeNetwork(random: RandomStream(seed: 3))
  }
}

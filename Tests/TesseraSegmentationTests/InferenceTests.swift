import TesseraAutograd
import TesseraCheckpoints
import TesseraImaging
import TesseraKernels
import TesseraLayers
import TesseraOptimizers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

@Suite struct InferenceTests {
  static let networks: [@Sendable (UInt64) -> any SegmentationModel] = [
    { UNet(.init(classes: 5, width: 8, dropout: 0), random: RandomStream(seed: $0)) },
    { FCNN(.init(classes: 5, width: 8), random: RandomStream(seed: $0)) },
  ]

  static let image = picture(70, 50) { x, y in ((5 * x) % 256, (7 * y) % 256, (x * y) % 256) }

  static func predictor(_ model: any SegmentationModel, _ scale: Predictor.Scale = .trained) -> Predictor {
    Predictor(model: model, labelSpace: space(5, void: 0), imageSize: 64, scale: scale)
  }

  /// What a model does to its weights, or has done to it.
  static let changes: [@Sendable (any SegmentationModel, String) throws -> Void] = [
    { model, _ in
      let optimizer = Adam(for: model)
      let tape = Tape(mode: .training)
      let loss = model(tape.input(.random([1, 32, 32, 3]))).squared().mean()
      optimizer.update(along: tape.gradients(of: loss), rate: 0.05)
    },
    { model, folder in
      let path = folder + "/other.safetensors"
      try model.configuration.makeNetwork(random: RandomStream(seed: 99)).save(to: path)
      try model.load(from: path)
    },
    { model, _ in for parameter in model.parameters { parameter.value *= -1 } },
  ]

  @Test(arguments: networks.indices) func everyPassGivesTheSameBits(network: Int) {
    let model = Self.networks[network](3)
    let x = Variable(.random([1, 64, 96, 3]))
    let prepared = PreparedTensors()
    let logits = ComputeContext.$current.withValue(.current.keeping(prepared)) { (1...4).map { _ in model(x).value } }
    #expect(logits.allSatisfy { $0 == logits[0] })
    #expect(prepared.count > 5, "filters are kept")
    expectClose(logits[0], model(x).value, tolerance: 1e-5, "where nothing is kept")
  }

  @Test(arguments: networks.indices, [Predictor.Scale.trained, .original(tile: 64)])
  func everyPredictionGivesTheSameMask(network: Int, scale: Predictor.Scale) {
    let predictor = Self.predictor(Self.networks[network](3), scale)
    let masks = (1...3).map { _ in predictor.mask(for: Self.image) }
    #expect(Set(masks[0].indices).count > 1)
    #expect(masks.allSatisfy { $0 == masks[0] })
  }

  @Test(arguments: networks.indices, changes.indices)
  func changedWeightsAreSeenByTheNextPrediction(network: Int, change: Int) throws {
    try withTemporaryFolder { folder in
      let model = Self.networks[network](3)
      let predictor = Self.predictor(model)
      let x = Variable(.random([1, 64, 64, 3]))
      let prepared = PreparedTensors()
      func logits(_ prepared: PreparedTensors) -> Tensor {
        ComputeContext.$current.withValue(.current.keeping(prepared)) { model(x).value }
      }
      for _ in 0..<3 { _ = (logits(prepared), predictor.mask(for: Self.image)) }
      let old = (logits(prepared), predictor.mask(for: Self.image))
      try Self.changes[change](model, folder)
      for prediction in 1...3 {
        #expect(logits(prepared) == logits(PreparedTensors()), "prediction \(prediction)")
        #expect(predictor.mask(for: Self.image) == Self.predictor(model).mask(for: Self.image))
      }
      #expect(logits(prepared) != old.0 && predictor.mask(for: Self.image) != old.1)
    }
  }

  @Test(arguments: networks.indices) func repeatedPredictionsTakeNoMoreMemory(network: Int) {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let model = Self.networks[network](3)
      let predictor = Self.predictor(model)
      var counts: [BufferPool.Statistics] = []
      for _ in 0..<6 {
        _ = predictor.mask(for: Self.image)
        counts.append(pool.statistics)
      }
      // From the second on filters are kept; the third is the first to have all of them at its peak.
      #expect(counts[2].live == counts[1].live)
      for later in counts[3...] {
        #expect(later.live == counts[2].live && later.peak == counts[2].peak && later.idle == counts[2].idle)
        #expect(later.misses == counts[2].misses)
      }
      withExtendedLifetime(model) {}
    }
    #expect(pool.statistics.live == 0)
  }

  @Test func whatFollowsFromOldWeightsDoesNotPileUp() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let model = Self.networks[0](3)
      let predictor = Self.predictor(model)
      var live: [Int] = []
      for _ in 0..<10 {
        for parameter in model.parameters { parameter.value *= 0.99 }
        for _ in 0..<3 { _ = predictor.mask(for: Self.image) }
        live.append(pool.statistics.live)
      }
      #expect(live.allSatisfy { $0 == live[0] })
    }
  }

  @Test func aUNetHoldsFourFullSizeFeatureMapsAtItsPeak() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let side = 256
      let model = UNet(.init(classes: 5, width: 8), random: RandomStream(seed: 3))
      let x = Variable(.zeros([1, side, side, 3]))
      // First weights are made when they are asked for, and are none of what a pass holds.
      model.makeParameters()
      let before = pool.statistics.live
      _ = model(x)
      let featureMap = side * side * 8 * 4
      // Enlarged features and skip, and both joined; a little for what a block of a convolution needs.
      withExtendedLifetime((x, model)) { #expect(pool.statistics.peak - before < featureMap * 9 / 2) }
    }
  }
}

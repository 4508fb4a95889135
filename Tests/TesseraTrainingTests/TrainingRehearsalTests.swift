import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import Testing

@testable import TesseraTraining

@Suite struct TrainingRehearsalTests {
  /// A training: what is trained, and how.
  struct Case: Sendable, CustomTestStringConvertible {
    var network = "unet"
    var size: ImageSize = 64
    var batches = 1
    var threads = 1
    var loss = SegmentationLoss.crossEntropy
    var optimizer: @Sendable (any SegmentationModel) -> any Optimizer = { Adam(for: $0) }
    var averages = false
    var clipping: TrainingStep.Clipping?

    var testDescription: String {
      "\(network) \(size.width) x \(batches), \(threads) threads, \(loss)"
    }

    func makeTrainer() throws -> Trainer {
      let type = try #require(NetworkCatalog.standard[network])
      func model(_ type: (some NetworkConfiguration).Type) -> any SegmentationModel {
        type.init(classes: 5).makeNetwork(random: RandomStream(seed: 1))
      }
      let network = model(type)
      let (optimizer, loss) = (optimizer(network), loss)
      return Trainer(
        network, optimizer: optimizer, schedule: .constant(0.001), loss: { loss($0, $1) },
        step: TrainingStep(
          batches: batches, clipping: clipping, average: averages ? WeightAverage(of: network, decay: 0.9) : nil))
    }
  }

  static let space = LabelSpace(names: ["a", "b", "c", "d", "e"], void: 255)

  static let cases = [
    Case(), Case(network: "unet", batches: 3, loss: .crossEntropy + 0.5 * .dice, averages: true),
    Case(network: "unet-resnet18", threads: 3, clipping: .norm(1)),
    Case(network: "deeplabv3plus-mobilenetv2", size: ImageSize(width: 96, height: 64), loss: .lovasz),
    Case(network: "segformer-b0", loss: .hardExamples(), optimizer: { AdamW(for: $0) }),
    Case(network: "fcn-resnet18", loss: .boundaryWeighted(), optimizer: { SGD(for: $0, momentum: 0.9) }),
  ]

  @Test(arguments: cases) func takesWhatTheTrainingTakes(_ training: Case) async throws {
    let batches = TrainingRehearsal.Batches(of: 2, training.size, labelSpace: Self.space, ahead: 2)
    let rehearsed = try await TrainingRehearsal(
      of: batches, validatingOn: batches, threads: training.threads
    ) { try training.makeTrainer() }
    let pool = BufferPool()
    let context = ComputeContext(threads: training.threads, pool: pool)
    try await ComputeContext.$current.withValue(context) {
      let trainer = try training.makeTrainer()
      func batch(_ number: Int) -> Batch {
        let pixels = training.size.pixels
        return Batch(
          images: Tensor(shape: [2, training.size.height, training.size.width, 3]) { elements in
            for index in elements.indices { elements[index] = Float((index * 7 + number) % 251) }
          },
          masks: MaskBatch(
            indices: (0..<2 * pixels).map { Int32($0 % 5) }, count: 2, height: training.size.height,
            width: training.size.width, labelSpace: Self.space),
          names: ["a", "b"])
      }
      let count = 2 * training.batches
      let all = (0..<min(3, count)).map(batch)
      let source = GeneratedBatches(perEpoch: count) { _ in (0..<count).lazy.map { all[$0 % all.count] } }
      try await trainer.fit(source, validatingOn: [batch(9)], epochs: 1)
    }
    let real = pool.statistics
    #expect(abs(rehearsed.peak - real.peak) <= real.peak / 50, "\(rehearsed.peak) for \(real.peak)")
    #expect(abs(rehearsed.used - real.used) <= real.used / 20, "\(rehearsed.used) for \(real.used)")
    let kept = rehearsed.layers.reduce(0) { $0 + $1.bytes }
    #expect(kept > 0 && rehearsed.standing + kept <= rehearsed.peak + rehearsed.peak / 20)
    #expect(Set(rehearsed.layers.map(\.name)).count > 5)
  }

  /// More than most machines have.
  @Test func takesNoMemoryItself() async throws {
    let training = Case()
    let batches = TrainingRehearsal.Batches(of: 4, 1024, labelSpace: Self.space, ahead: 0)
    let rehearsed = try await TrainingRehearsal(of: batches, validatingOn: nil) { try training.makeTrainer() }
    #expect(rehearsed.peak > 10 << 30)
  }

  /// Memory that nobody fills may hold anything; that a run would end over is not said of a rehearsal.
  @Test func endsOverNoNumber() async throws {
    let batches = TrainingRehearsal.Batches(of: 2, 64, labelSpace: Self.space, ahead: 0)
    let rehearsed = try await TrainingRehearsal(of: batches, validatingOn: batches) {
      let model = UNet(.init(classes: 5, width: 4), random: RandomStream(seed: 1))
      return Trainer(
        model, optimizer: Adam(for: model), schedule: .constant(0.001),
        loss: { logits, masks in
          let nothing = Variable.operation("nothing", on: [logits], value: Tensor(.nan)) { _ in [nil] }
          return PixelLoss(mean: nothing, counted: masks.countedPixels, correct: 0)
        })
    }
    #expect(rehearsed.peak > 0)
  }
}

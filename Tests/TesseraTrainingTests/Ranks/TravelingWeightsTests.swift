import Foundation
import Synchronization
import TesseraAutograd
import TesseraDatasets
import TesseraLayers
import TesseraNetworks
import TesseraOptimizers
import TesseraTensors
import Testing

@testable import TesseraTraining

/// New weights that are on their way from their owners while the next pass begins.
@Suite struct TravelingWeightsTests {
  /// The fault of an exchange.
  struct Lost: Error, CustomStringConvertible { let description = "rank 1 is lost" }

  /// Parameters that belong to one rank, and to several.
  private static let lengths = [1, 300_000, 70_000, 5]

  /// Each rank has its own number everywhere; afterwards each element is its owner's.
  @Test(arguments: [2, 3, 4], [false, true])
  func eachElementComesFromItsOwner(ranks: Int, somebodyHasTheOldOnes isShared: Bool) async throws {
    let division = ParameterDivision(of: Self.lengths, among: ranks, bucketing: 100_000)
    let right = Self.lengths.enumerated().map { index, length in
      var scalars = [Float](repeating: -1, count: length)
      for rank in 0..<ranks { for place in division.range(of: index, for: rank) { scalars[place] = Float(rank) } }
      return Tensor(scalars)
    }
    let results = await asRanks(ranks, late: 0.001) { exchange in
      let old = Self.lengths.map { Tensor(repeating: Float(exchange.rank), shape: [$0]) }
      let parameters = Self.lengths.map { Parameter(Tensor(repeating: Float(exchange.rank), shape: [$0])) }
      let read = isShared ? parameters.map(\.value) : old
      let weights = TravelingWeights(of: parameters, divided: division, in: RankGroup(exchange))
      for bucket in division.buckets.reversed() { weights.send(bucket) }
      let values = parameters.map(\.value)
      try weights.settle()
      return values == right && read == old
    }
    for result in results { #expect(try result.get()) }
  }

  /// What two ranks do with one weight, which belongs to rank 0.
  private func asOwnerAndOther<Value: Sendable>(
    _ owner: @escaping @Sendable (Parameter, TravelingWeights, LocalExchange) throws -> Value,
    _ other: @escaping @Sendable (Parameter, TravelingWeights, LocalExchange) throws -> Value
  ) async throws -> [Value] {
    let results = await asRanks(2) { exchange in
      let parameter = Parameter(Tensor([1]))
      let weights = TravelingWeights(
        of: [parameter], divided: ParameterDivision(of: [1], among: 2, bucketing: 1), in: RankGroup(exchange))
      return try (exchange.rank == 0 ? owner : other)(parameter, weights, exchange)
    }
    return try results.map { try $0.get() }
  }

  @Test func whoAsksForAValueOnItsWayWaits() async throws {
    let isAsked = DispatchSemaphore(value: 0)
    let values = try await asOwnerAndOther(
      { parameter, weights, _ in
        isAsked.wait()
        Thread.sleep(forTimeInterval: 0.02)
        parameter.value = Tensor([5])
        weights.send([0])
        return parameter.value.item
      },
      { parameter, weights, _ in
        weights.send([0])
        isAsked.signal()
        return parameter.value.item
      })
    #expect(values == [5, 5])
  }

  /// Another value needs no old one, and what arrives late for that one changes nothing.
  @Test func aValueThatIsReplacedIsNotWaitedFor() async throws {
    let isReplaced = DispatchSemaphore(value: 0)
    let values = try await asOwnerAndOther(
      { parameter, weights, _ in
        isReplaced.wait()
        weights.send([0])
        return parameter.value.item
      },
      { parameter, weights, _ in
        weights.send([0])
        parameter.value = Tensor([7])
        isReplaced.signal()
        try weights.settle()
        return parameter.value.item
      })
    #expect(values == [1, 7])
  }

  @Test func weightsThatCannotArriveAreAFailure() async throws {
    let isSent = DispatchSemaphore(value: 0)
    let messages = try await asOwnerAndOther(
      { _, _, exchange in
        isSent.wait()
        exchange.breakDown(Lost())
        return ""
      },
      { parameter, weights, _ in
        weights.send([0])
        isSent.signal()
        // Nobody can throw here, or say which number it is.
        _ = parameter.value
        do {
          try weights.settle()
          return "none"
        } catch {
          return "\(error)"
        }
      })
    #expect(messages == ["", "rank 1 is lost"])
  }

  // MARK: - Runs

  /// Calls `watch` with the number of each update before it is made.
  private final class WatchedOptimizer: DivisibleOptimizer {
    private let base: any DivisibleOptimizer
    private let watch: (Int) -> Void
    private var updates = 0

    init(_ base: any DivisibleOptimizer, _ watch: @escaping (Int) -> Void) { (self.base, self.watch) = (base, watch) }

    func update(along gradients: Gradients, rate: Double) {
      watch(updates)
      updates += 1
      base.update(along: gradients, rate: rate)
    }

    func keep(_ parts: ParameterParts) { base.keep(parts) }
    var state: [(name: String, tensor: Tensor)] { base.state }
    func load(state: [(name: String, tensor: Tensor)]) throws(TensorMismatchError) { try base.load(state: state) }
  }

  /// A network that tells when a pass is between its two layers.
  private struct WatchedNet: SegmentationModel {
    struct Configuration: NetworkConfiguration {
      static let name = "watched"
      var classes: Int
      var normalization = ImageNormalization.unit
      var sizeMultiple: Int { 1 }
      init(classes: Int) { self.classes = classes }
      func makeNetwork(random: RandomStream) -> WatchedNet { WatchedNet(self, random: random) {} }
    }

    let first: Conv2D
    let classifier: Conv2D
    let configuration: Configuration
    let watch: @Sendable () -> Void

    init(_ configuration: Configuration, random: RandomStream, watch: @escaping @Sendable () -> Void) {
      var random = random.derived("weights")
      first = Conv2D(from: 3, to: 4, kernel: 3, random: &random)
      classifier = Conv2D(from: 4, to: configuration.classes, kernel: 1, random: &random)
      (self.configuration, self.watch) = (configuration, watch)
    }

    func callAsFunction(_ images: Variable) -> Variable {
      let features = first(images)
      watch()
      return classifier(features)
    }
  }

  /// Nothing that ranks wait for lies between a step and the first layer of the next: while rank 1 has yet to send the
  /// classifier, rank 0 is beyond that layer.
  @Test func theNextPassBeginsBeforeAllWeightsAreThere() async throws {
    let scenes = tinyScenes(4)
    let batches = (0..<4).map { Batch([scenes.sample(at: $0)]) }
    let isBeyond = DispatchSemaphore(value: 0)
    @Sendable func weights(_ exchange: LocalExchange?) async throws -> [Tensor] {
      let passes = Atomic(0)
      let model = WatchedNet(.init(classes: 10), random: RandomStream(seed: 1)) {
        if exchange?.rank == 0, passes.add(1, ordering: .relaxed).newValue == 2 { isBeyond.signal() }
      }
      let optimizer = WatchedOptimizer(Adam(for: model)) { update in
        // Filter and bias of the first layer come before.
        guard exchange?.rank == 1, update == 2 else { return }
        #expect(isBeyond.wait(timeout: .now() + 20) == .success)
      }
      let trainer = Trainer(
        model, optimizer: optimizer, schedule: .constant(0.01), step: TrainingStep(batches: 2),
        exchange: exchange.map { RankGroup($0, bucketing: 1) })
      try await trainer.fit(batches, epochs: 1)
      return model.parameters.map(\.value)
    }
    let alone = try await weights(nil)
    for result in await asRanks(2, weights) { #expect(try result.get() == alone) }
  }

  @Test(arguments: [RankBitsTests.Kind.averaged, .clippedNorm, .frozen])
  func lateArrivalsChangeNoBit(kind: RankBitsTests.Kind) async throws {
    let alone = try await withTemporaryFolder { folder in
      try await RankBitsTests.train(kind, batches: 3, in: folder)
      return try RankBitsTests.end(of: folder)
    }
    let together = try await withTemporaryFolder { folder in
      let results = await asRanks(3, late: 0.001) { exchange in
        let group = RankGroup(exchange, bucketing: 200)
        try await RankBitsTests.train(kind, batches: 3, in: folder, as: group)
      }
      for result in results { try result.get() }
      return try RankBitsTests.end(of: folder)
    }
    #expect(together == alone)
  }

  /// Some weights of the third step have arrived and others never will: all ranks end, nothing is saved from then on,
  /// and the state before continues with the bits of a run without a fault.
  @Test func aRankThatIsLostWhileWeightsTravelEndsAll() async throws {
    let whole = try await withTemporaryFolder { folder in
      try await RankBitsTests.train(.adam, batches: 2, in: folder)
      return try RankBitsTests.end(of: folder)
    }
    let count = tinyNetwork().parameters.count(where: \.isTrainable)
    try await withTemporaryFolder { folder in
      let results = await asRanks(2) { exchange in
        let group = RankGroup(exchange, bucketing: 1)
        try await RankBitsTests.train(
          .adam, batches: 2, in: folder, as: group, warning: { Issue.record("\($0)") }
        ) { optimizer in
          guard let divisible = optimizer as? any DivisibleOptimizer else { return optimizer }
          return WatchedOptimizer(divisible) { update in
            // One for each parameter.
            if exchange.rank == 1 && update == 2 * count + count / 2 { exchange.breakDown(Lost()) }
          }
        }
      }
      for result in results { #expect(throws: Lost.self) { try result.get() } }
      let newest = try #require(try RunCheckpoints.newest(in: folder))
      let snapshot = try TrainingSnapshot(contentsOf: newest.path, into: tinyNetwork())
      #expect(snapshot.position.step == 2)
      try await RankBitsTests.train(.adam, batches: 2, in: folder, ranks: 2)
      #expect(try RankBitsTests.end(of: folder) == whole)
    }
  }
}

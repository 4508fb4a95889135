import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraLayers
import TesseraOptimizers
import TesseraTensors
import TestSupport
import Testing

@Suite struct WeightAverageTests {
  struct Failure: Error {}

  static let settings: [String: (decay: Double, warmsUp: Bool)] = [
    "plain": (0.9, false), "slow": (0.9999, false), "warmUp": (0.4, true),
  ]

  /// Averages after each of twelve steps as TensorFlow's `ExponentialMovingAverage` computes them
  /// (scripts/golden/averages.py).
  @Test(arguments: settings.keys.sorted()) func followsTensorFlow(name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = try SafeTensors(contentsOf: folder.appending(path: "Golden/averages.safetensors").path)
    let (weights, golden) = (try file.tensor("weights"), try file.tensor(name))
    let model = Perceptron(filter: try file.tensor("initial"), bias: .zeros([5]))
    let setting = try #require(Self.settings[name])
    let average = WeightAverage(of: model, decay: setting.decay, warmsUp: setting.warmsUp)
    for step in 0..<weights.shape[0] {
      model.filter.value = weights.part(step)
      average.update()
      expectClose(
        average.withAveragedWeights { model.filter.value }, golden.part(step), tolerance: 1e-6, "step \(step)")
      #expect(model.filter.value == weights.part(step))
    }
  }

  @Test func theModelHasItsOwnWeightsAgainAlsoAfterAnError() async {
    let model = Perceptron()
    let average = WeightAverage(of: model, decay: 0.5)
    let first = model.bits
    model.filter.value = .zeros([3, 5])
    let own = model.bits
    #expect(throws: Failure.self) {
      try average.withAveragedWeights { () throws(Failure) in
        #expect(model.bits == first)
        throw Failure()
      }
    }
    #expect(model.bits == own)
    await #expect(throws: Failure.self) {
      try await average.withAveragedWeights { () async throws(Failure) in
        await Task.yield()
        #expect(model.bits == first)
        throw Failure()
      }
    }
    #expect(model.bits == own)
  }

  @MainActor @Test func anAsynchronousBodyRunsInTheCallersIsolation() async {
    let model = Perceptron()
    let average = WeightAverage(of: model, decay: 0.5)
    let bits = await average.withAveragedWeights {
      MainActor.assertIsolated()
      await Task.yield()
      return model.bits
    }
    #expect(bits == model.bits)
  }

  @Test func nothingIsCopiedToRunWithTheAverage() {
    let model = Perceptron()
    let average = WeightAverage(of: model, decay: 0.5)
    average.update()
    func address() -> UnsafePointer<Float>? { model.filter.value.withUnsafeBufferPointer(\.baseAddress) }
    let own = address()
    let averaged = average.withAveragedWeights { address() }
    #expect(averaged != own)
    #expect(address() == own)
    #expect(average.withAveragedWeights { address() } == averaged)
  }

  @Test(arguments: [false, true]) func goesOnWithTheSameBitsFromASavedState(warmsUp: Bool) throws {
    let model = Perceptron()
    let average = WeightAverage(of: model, decay: 0.7, warmsUp: warmsUp)
    var random = RandomStream(seed: 3)
    func step(_ average: WeightAverage) {
      model.filter.value = .random([3, 5], &random)
      average.update()
    }
    for _ in 0..<3 { step(average) }
    let resumed = WeightAverage(
      of: Perceptron(filter: .zeros([3, 5]), bias: .zeros([5])), decay: 0.7, warmsUp: warmsUp)
    try resumed.load(state: average.state.shuffled(using: &random))
    #expect(resumed.state.map(\.tensor) == average.state.map(\.tensor))
    let same = WeightAverage(of: model, decay: 0.7, warmsUp: warmsUp)
    try same.load(state: average.state)
    for _ in 0..<3 {
      step(average)
      same.update()
    }
    #expect(same.state.map(\.tensor.scalars) == average.state.map(\.tensor.scalars))
    #expect(average.state.map(\.name) == ["average.filter", "average.bias", "averageUpdates"])
    #expect(average.state.last?.tensor == Tensor(6))
  }

  @Test func theStateIsTheSameWhileTheAverageIsInTheModel() {
    let model = Perceptron()
    let average = WeightAverage(of: model, decay: 0.5)
    model.filter.value = .zeros([3, 5])
    average.update()
    let state = average.state.map(\.tensor)
    #expect(average.withAveragedWeights { average.state.map(\.tensor) } == state)
    #expect(state[0] != model.filter.value)
  }

  @Test func givesTheSameBitsForEveryThreadCount() {
    expectSameBits {
      let model = Perceptron(shape: [3, 50_001])
      let average = WeightAverage(of: model, decay: 0.9)
      var random = RandomStream(seed: 2)
      for _ in 0..<2 {
        model.filter.value = .random([3, 50_001], &random)
        average.update()
      }
      return average.state.map(\.tensor)
    }
  }

  @Test func leavesFrozenWeightsAndStatisticsAlone() {
    struct Normalized: Module {
      let norm = BatchNorm(4)
      let part = Perceptron()
      var description: String { "Normalized" }
    }
    let model = Normalized()
    _ = SGD(for: model, rules: ParameterRules([.frozen("part.filter")]))
    let average = WeightAverage(of: model, decay: 0.5)
    #expect(
      average.state.map(\.name)
        == ["average.norm.scale", "average.norm.offset", "average.part.bias", "averageUpdates"])
    model.norm.runningMean.value = Tensor([1, 2, 3, 4])
    average.update()
    #expect(average.withAveragedWeights { model.norm.runningMean.value } == Tensor([1, 2, 3, 4]))
  }

  @Test func refusesAnotherStateAndChangesNothing() {
    let average = WeightAverage(of: Perceptron(), decay: 0.5)
    let before = average.state.map(\.tensor)
    let error = #expect(throws: TensorMismatchError.self) {
      try average.load(state: [("average.filter", .zeros([5, 3])), ("average.other", .zeros([1]))])
    }
    #expect(error?.missing == ["average.bias", "averageUpdates"])
    #expect(error?.unused == ["average.other"])
    #expect(error?.misshapen.map(\.name) == ["average.filter"])
    #expect(average.state.map(\.tensor) == before)
  }

  @Test func anUpdateWhileTheAverageIsInTheModelStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let average = WeightAverage(of: Perceptron(), decay: 0.5)
      average.withAveragedWeights { average.update() }
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
    #expect(message?.contains("WeightAverage.update: the averaged weights are in the model") == true)
  }
}

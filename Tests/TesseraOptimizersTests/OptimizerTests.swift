import Foundation
import TesseraAutograd
import TesseraLayers
import TesseraOptimizers
import TesseraTensors
import TestSupport
import Testing

@Suite struct OptimizerTests {
  static let kinds = Kind.keras + Kind.pyTorch + Kind.frozen

  @Test(arguments: kinds) func givesTheSameBitsForEveryThreadCount(kind: Kind) {
    // More than two blocks of the pointwise loops, and a rest.
    let runs = [1, 2, 3].map { threads in
      ComputeContext.$current.withValue(ComputeContext(threads: threads)) {
        let model = Perceptron(shape: [3, 50_001])
        let optimizer = kind.make(model)
        var random = RandomStream(seed: 9)
        for _ in 0..<2 {
          let gradients = model.randomGradients(&random)
          optimizer.update(along: gradients.clipped(toNorm: 2, over: model.parameters), rate: 0.01)
        }
        return model.bits
      }
    }
    #expect(runs[0] == runs[1])
    #expect(runs[0] == runs[2])
    #expect(runs[0] != Perceptron(shape: [3, 50_001]).bits)
  }

  @Test(arguments: kinds) func leavesAParameterWithoutGradientAsItIs(kind: Kind) {
    let model = Perceptron()
    let before = model.bits
    let optimizer = kind.make(model)
    optimizer.update(along: model.gradients(filter: nil, bias: Tensor(repeating: 1, shape: [5])), rate: 0.1)
    #expect(model.bits[0] == before[0])
    #expect(model.bits[1] != before[1])
    for (name, tensor) in optimizer.state where name.hasSuffix(".filter") {
      #expect(tensor.scalars.allSatisfy { $0 == 0 }, "\(name)")
    }
  }

  @Test(arguments: kinds) func goesOnWithTheSameBitsFromASavedState(kind: Kind) throws {
    let model = Perceptron()
    let optimizer = kind.make(model)
    var random = RandomStream(seed: 4)
    for _ in 0..<3 { optimizer.update(along: model.randomGradients(&random), rate: 0.1) }
    let copy = Perceptron(filter: model.filter.value, bias: model.bias.value)
    let resumed = kind.make(copy)
    try resumed.load(state: optimizer.state.shuffled(using: &random))
    for _ in 0..<3 {
      var same = random
      optimizer.update(along: model.randomGradients(&random), rate: 0.05)
      resumed.update(along: copy.randomGradients(&same), rate: 0.05)
      #expect(copy.bits == model.bits)
    }
    #expect(resumed.state.map(\.name) == optimizer.state.map(\.name))
    #expect(resumed.state.map(\.tensor) == optimizer.state.map(\.tensor))
  }

  @Test func namesItsStateBySlotAndPropertyPath() {
    let names = [
      "firstMoment.filter", "secondMoment.filter", "updates.filter", "firstMoment.bias", "secondMoment.bias",
      "updates.bias",
    ]
    #expect(Adam(for: Perceptron()).state.map(\.name) == names)
    #expect(SGD(for: Perceptron()).state.map(\.name) == ["updates.filter", "updates.bias"])
    let centered = RMSprop(for: Perceptron(), momentum: 0.9, isCentered: true)
    #expect(
      centered.state.prefix(4).map(\.name) == ["square.filter", "mean.filter", "velocity.filter", "updates.filter"])
  }

  @Test func refusesTheStateOfAnotherOptimizerAndChangesNothing() {
    let model = Perceptron()
    let optimizer = Adam(for: model)
    optimizer.update(along: model.gradients(filter: .zeros([3, 5]), bias: .zeros([5])), rate: 0.1)
    let before = optimizer.state.map(\.tensor)
    var state = SGD(for: model, momentum: 0.9).state
    state.append(("firstMoment.filter", .zeros([5, 3])))
    let error = #expect(throws: TensorMismatchError.self) { try optimizer.load(state: state) }
    #expect(error?.missing == ["secondMoment.filter", "firstMoment.bias", "secondMoment.bias"])
    #expect(error?.unused == ["velocity.filter", "velocity.bias"])
    #expect(error?.misshapen.map(\.name) == ["firstMoment.filter"])
    #expect(error?.description.hasPrefix("the saved optimizer state does not fit the optimizer: missing (3): ") == true)
    #expect(optimizer.state.map(\.tensor) == before)
  }

  @Test(arguments: [Float.nan, -1, 0.5, .infinity]) func aDamagedCountDoesNotStopTheProgram(count: Float) throws {
    let model = Perceptron()
    let optimizer = Adam(for: model)
    let state = optimizer.state.map { ($0.name, $0.name == "updates.filter" ? Tensor(count) : $0.tensor) }
    try optimizer.load(state: state)
    #expect(optimizer.state.first { $0.name == "updates.filter" }?.tensor == Tensor(0))
  }

  @Test func takesASharedParameterOnceAndLeavesStatisticsAndFrozenWeightsOut() {
    struct Shared: Module {
      let first: Perceptron
      let second: Perceptron
      let mean = Parameter(.zeros([2]), kind: .statistic)
      var description: String { "Shared" }
    }
    let one = Perceptron()
    one.bias.isTrainable = false
    let optimizer = SGD(for: Shared(first: one, second: one))
    #expect(optimizer.state.map(\.name) == ["updates.first.filter"])
    let before = one.filter.value.scalars
    optimizer.update(along: one.gradients(filter: Tensor(repeating: 1, shape: [3, 5]), bias: nil), rate: 0.5)
    #expect(one.filter.value.scalars == before.map { $0 - 0.5 })
  }

  /// A filter that two layers share.
  private struct Tied: Module {
    let first: Perceptron
    let second: Perceptron
    let again: Parameter
    var description: String { "Tied" }

    init() {
      (first, second) = (Perceptron(), Perceptron(seed: 2))
      again = first.filter
    }

    /// Ones for every parameter.
    var gradients: Gradients {
      var gradients = first.gradients(filter: nil, bias: nil)
      for parameter in parameters { gradients[parameter] = Tensor(repeating: 1, shape: parameter.shape) }
      return gradients
    }
  }

  @Test func tiedWeightsAreClippedUpdatedAndAveragedOnce() {
    let model = Tied()
    #expect(abs(model.gradients.norm(over: model.parameters) - 40.squareRoot()) < 1e-6)
    let average = WeightAverage(of: model, decay: 0.5)
    let optimizer = SGD(for: model)
    let before = model.again.value.scalars
    optimizer.update(along: model.gradients, rate: 0.5)
    #expect(model.again.value.scalars == before.map { $0 - 0.5 })
    average.update()
    let expected = zip(before, model.again.value.scalars).map { ($0 + $1) / 2 }
    average.withAveragedWeights { expectClose(model.again.value, Tensor(expected, shape: [3, 5])) }
  }

  @Test func aRuleMayNameTiedWeightsByAnyOfTheirPaths() throws {
    for rule in ["first.filter", "again"] {
      let model = Tied()
      let optimizer = SGD(for: model, rules: ParameterRules([.frozen(rule)]))
      #expect(!model.first.filter.isTrainable && optimizer.state.count == 3)
    }
    // The longest path decides, whichever of both names it is of.
    let model = Tied()
    let optimizer = SGD(for: model, rules: ParameterRules([.frozen("again"), .rate(2, "first.filter")]))
    let before = model.again.value.scalars
    optimizer.update(along: model.gradients, rate: 0.25)
    #expect(model.again.value.scalars == before.map { $0 - 0.5 })
  }

  @Test func aTensorThatSomebodyElseHoldsIsNotChanged() {
    let model = Perceptron()
    let held = model.filter.value
    let copy = Tensor(held.scalars, shape: held.shape)
    let optimizer = Adam(for: model)
    let state = optimizer.state
    optimizer.update(along: model.gradients(filter: Tensor(repeating: 1, shape: [3, 5]), bias: nil), rate: 0.1)
    #expect(held == copy)
    #expect(state.allSatisfy { $0.tensor.scalars.allSatisfy { $0 == 0 } })
    #expect(model.filter.value != held)
  }

  @Test func aSettingOutsideItsRangeStopsWithItsName() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Adam(for: Perceptron(), beta1: 1)
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
    #expect(message?.contains("Adam: beta1 must lie in 0..<1; got 1.0") == true)
  }

  @Test func aGradientOfAnotherShapeStopsWithBothShapes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = Perceptron()
      SGD(for: model).update(along: model.gradients(filter: .zeros([5, 3]), bias: nil), rate: 0.1)
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
    #expect(message?.contains("SGD: the weight has the shape [3, 5], but a gradient or a state tensor [5, 3]") == true)
  }
}

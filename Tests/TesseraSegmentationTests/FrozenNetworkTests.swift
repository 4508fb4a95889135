import TesseraAutograd
import TesseraLayers
import TesseraOptimizers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// What freezing a part of a network saves: the backward pass below it.
@Suite struct FrozenNetworkTests {
  let images = Tensor.random([1, 32, 32, 3], seed: 5, in: 0..<1)
  let labels = (0..<32 * 32).map { Int32($0 % 3) }

  func network() -> FCNN { FCNN(.init(classes: 3, width: 2), random: RandomStream(seed: 1)) }

  func gradients(_ model: FCNN) -> Gradients {
    let tape = Tape()
    return tape.gradients(of: softmaxCrossEntropy(model(tape.input(images)), labels: labels).mean)
  }

  @Test func aFrozenBackboneHasNoGradientAndTheHeadHasTheSameOne() {
    let (whole, frozen) = (network(), network())
    _ = Adam(for: frozen, rules: ParameterRules([.frozen("backbone")]))
    let (expected, actual) = (gradients(whole), gradients(frozen))
    for ((name, trained), parameter) in zip(whole.namedParameters, frozen.parameters) {
      #expect(expected[trained] != nil)
      #expect(actual[parameter] == (name.hasPrefix("backbone.") ? nil : expected[trained]), "\(name)")
    }
  }

  @Test func noPullbackIsKeptBelowWhatIsTrained() {
    let model = network()
    func backboneNeedsGradient() -> [Bool] { model.backbone.features(of: Tape().input(images)).map(\.needsGradient) }
    #expect(backboneNeedsGradient() == [true, true, true, true, true])
    _ = Adam(for: model, rules: ParameterRules([.frozen("backbone"), .rate(0.1, "backbone.blocks.4")]))
    #expect(backboneNeedsGradient() == [false, false, false, false, true])
    _ = Adam(for: model, rules: ParameterRules([.frozen("backbone.blocks.4")]))
    #expect(backboneNeedsGradient() == [false, false, false, false, false])
  }

  @Test(arguments: [true, false]) func thePullbackBelowIsNotCalled(isFrozen: Bool) {
    final class Calls { var count = 0 }
    var random = RandomStream(seed: 3)
    let (below, above) = (
      Conv2D(from: 3, to: 4, kernel: 3, random: &random), Conv2D(from: 4, to: 2, kernel: 3, random: &random)
    )
    let model = Sequential(below, above)
    if isFrozen { _ = SGD(for: model, rules: ParameterRules([.frozen("layers.0")])) }
    let calls = Calls()
    let features = below(Tape().input(images))
    let probed = Variable.operation("probe", on: [features], value: features.value) { gradient in
      calls.count += 1
      return [gradient]
    }
    let loss = above(probed).sum()
    let gradients = loss.tape?.gradients(of: loss)
    #expect(gradients?[above.filter] != nil)
    #expect(calls.count == (isFrozen ? 0 : 1))
  }

  @Test func aStepWithAFrozenBackboneLearns() {
    let model = network()
    let optimizer = Adam(for: model, rules: ParameterRules([.frozen("backbone")]))
    let before = model.namedParameters.map { ($0, $1.value.scalars) }
    optimizer.update(along: gradients(model), rate: 0.01)
    for ((name, old), parameter) in zip(before, model.parameters) {
      #expect((parameter.value.scalars == old) == name.hasPrefix("backbone."), "\(name)")
    }
  }
}

import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors
import TestSupport
import Testing

@Suite struct LayerTests {
  @Test func convolutionLayersHandTheirSettingsOn() {
    var random = RandomStream(seed: 1)
    let input = Tensor.random([1, 7, 6, 4])
    let layer = Conv2D(
      from: 4, to: 6, kernel: Extent(height: 3, width: 2), stride: 2, padding: .explicit(1), dilation: 2, groups: 2,
      activation: .tanh, random: &random)
    #expect(layer.filter.value.shape == [3, 2, 2, 6] && layer.bias?.value.shape == [6])
    layer.bias?.value = .random([6])
    let expected = conv2D(
      Variable(input), filter: Variable(layer.filter.value), bias: Variable(.random([6])), stride: 2,
      padding: .explicit(1), dilation: 2, groups: 2, activation: .tanh)
    #expect(layer(Variable(input)).value == expected.value)

    let cropping = Cropping.explicit(top: 1, bottom: 0, left: 0, right: 1)
    let up = TransposedConv2D(
      from: 4, to: 6, kernel: 3, stride: 2, cropping: cropping, dilation: 2, groups: 2, bias: false,
      activation: .sigmoid, random: &random)
    #expect(up.filter.value.shape == [3, 3, 3, 4] && up.bias == nil)
    let enlarged = transposedConv2D(
      Variable(input), filter: Variable(up.filter.value), stride: 2, cropping: cropping, dilation: 2, groups: 2,
      activation: .sigmoid)
    #expect(up(Variable(input)).value == enlarged.value)
  }

  @Test func denseIsAMatrixProductWithBiasAndActivation() {
    var random = RandomStream(seed: 1)
    let dense = Dense(from: 3, to: 2, activation: .relu, random: &random)
    dense.weight.value = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    dense.bias?.value = Tensor([-10, 1])
    #expect(dense(Variable(Tensor([1, 0, 1, 1, 1, 1], shape: [2, 3]))).value.scalars == [0, 9, 0, 13])
    #expect(Dense(from: 3, to: 2, bias: false, random: &random).parameters.count == 1)
  }

  @Test func dropoutActsOnTrainingTapesAlone() {
    let ones = Tensor(repeating: 1, shape: [400])
    let layer = Dropout(0.5)
    #expect(layer(Variable(ones)).value == ones)
    #expect(layer(Tape(mode: .inference).input(ones)).value == ones)
    #expect(Set(layer(Tape().input(ones)).value.scalars) == [0, 2])
  }

  @Test func stochasticDepthDropsWholeSamplesInTrainingAlone() {
    let input = Tensor.random([40, 2, 3, 2], in: 1..<2)
    let layer = StochasticDepth(0.25)
    #expect(layer(Variable(input)).value == input)
    #expect(layer(Tape(mode: .inference).input(input)).value == input)
    let tape = Tape(random: RandomStream(seed: 4))
    let x = tape.variable(input)
    let output = layer(x)
    let factors = (output.value / input).reshaped(to: [40, 12])
    var dropped = 0
    for sample in 0..<40 {
      let factor = factors[sample, 0]
      #expect(factor == 0 || abs(factor - 1 / 0.75) < 1e-6)
      #expect((1..<12).allSatisfy { abs(factors[sample, $0] - factor) < 1e-6 })
      if factor == 0 { dropped += 1 }
    }
    #expect((3...17).contains(dropped))
    // The backward pass draws the same samples.
    let gradient = tape.gradients(of: output, seed: input)[x]
    #expect(gradient == output.value)
    let again = layer(Tape(random: RandomStream(seed: 4)).input(input)).value
    #expect(again == output.value && layer(Tape(random: RandomStream(seed: 5)).input(input)).value != again)
  }

  @Test func denseLayersMapEachPosition() {
    var random = RandomStream(seed: 1)
    let dense = Dense(from: 3, to: 4, activation: .gelu, random: &random)
    dense.bias?.value = .random([4])
    let input = Tensor.random([2, 5, 3])
    let flat = dense(Variable(input.reshaped(to: [10, 3]))).value
    #expect(dense(Variable(input)).value == flat.reshaped(to: [2, 5, 4]))
    let tape = Tape()
    let gradients = tape.gradients(of: dense(tape.input(input)).squared().sum())
    #expect(gradients[dense.weight]?.shape == [3, 4] && gradients[dense.bias ?? dense.weight]?.shape == [4])
  }

  @Test func layersWithoutWeightsAreTheirFunctions() {
    let input = Variable(.random([2, 4, 6, 3]))
    #expect(MaxPool2D()(input).value == maxPool(input, window: 2).value)
    #expect(
      MaxPool2D(window: 3, stride: 1, padding: .same)(input).value
        == maxPool(input, window: 3, stride: 1, padding: .same).value)
    #expect(AveragePool2D(window: 2)(input).value == averagePool(input, window: 2).value)
    #expect(GlobalMaxPool2D()(input).value == globalMaxPool(input).value)
    #expect(GlobalAveragePool2D()(input).value == globalAveragePool(input).value)
    let kept = GlobalAveragePool2D(keepingAxes: true)(input).value
    #expect(kept == globalAveragePool(input).value.reshaped(to: [2, 1, 1, 3]))
    #expect(AdaptiveAveragePool2D(to: 2)(input).value == adaptiveAveragePool(input, to: 2).value)
    #expect(UpSampling2D(by: 3, .bilinear)(input).value == upsample(input, by: 3, .bilinear).value)
    #expect(ActivationLayer(.gelu)(input).value == activate(input, .gelu).value)
    #expect(Softmax()(input).value == softmax(input).value)
    #expect(Flatten()(input).value == input.value.reshaped(to: [2, 72]))
    #expect(UpSampling2D(by: 2)(input).shape == [2, 8, 12, 3])
  }

  @Test func sequentialAppliesItsLayersInOrder() {
    var random = RandomStream(seed: 1)
    let (first, second) = (
      Conv2D(from: 3, to: 5, kernel: 3, activation: .relu, random: &random),
      Conv2D(from: 5, to: 2, kernel: 1, random: &random)
    )
    let input = Variable(.random([1, 4, 4, 3]))
    #expect(Sequential(first, second)(input).value == second(first(input)).value)
    #expect(Sequential([])(input).value == input.value)
  }

  @Test func groupsThatDoNotDivideTheChannelsStop() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomStream(seed: 1)
      _ = Conv2D(from: 3, to: 4, kernel: 3, groups: 2, random: &random)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("Conv2D: 3 inputs and 4 outputs must be positive multiples of 2 groups"))
  }
}

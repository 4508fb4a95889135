import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors
import TestSupport
import Testing

@Suite struct ReproducibilityTests {
  /// A little network with one of everything that a segmentation network has.
  static func step() -> [Tensor] {
    var random = RandomStream(seed: 9)
    let model = Sequential(
      Conv2D(from: 3, to: 24, kernel: 3, activation: .relu, initializer: .heNormal, random: &random), BatchNorm(24),
      MaxPool2D(), Dropout(0.3), Conv2D(from: 24, to: 70, kernel: 3, dilation: 2, activation: .gelu, random: &random),
      GroupNorm(70, groups: 7),
      TransposedConv2D(from: 70, to: 12, kernel: 4, stride: 2, activation: .relu, random: &random),
      UpSampling2D(by: 2, .bilinear), LayerNorm(12), Conv2D(from: 12, to: 9, kernel: 1, random: &random))
    let tape = Tape(random: random.derived("step"))
    let input = tape.variable(.random([2, 40, 36, 3]))
    let labels = (0..<2 * 80 * 72).map { Int32($0 % 10) }
    let loss = softmaxCrossEntropy(model(input), labels: labels, ignoring: 9).mean
    let gradients = tape.gradients(of: loss)
    let all = model.parameters.filter(\.isTrainable).map { gradients[$0] } + [gradients[input]]
    #expect(!all.contains { $0 == nil })
    return [loss.value] + model.parameters.map(\.value) + all.compactMap { $0 }
  }

  @Test func aTrainingStepHasTheSameBitsOnAnyNumberOfThreads() {
    expectSameBits { Self.step() }
  }

  @Test func aTrainingStepRepeats() {
    #expect(Self.step() == Self.step())
  }
}

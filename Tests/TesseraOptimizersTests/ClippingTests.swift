import TesseraOptimizers
import TesseraTensors
import Testing

@Suite struct ClippingTests {
  @Test func scalesAllGradientsTogetherDownToTheLimit() {
    let model = Perceptron()
    let gradients = model.gradients(
      filter: Tensor([3] + [Float](repeating: 0, count: 14), shape: [3, 5]), bias: Tensor([0, 4, 0, 0, 0]))
    #expect(gradients.norm(over: model.parameters) == 5)
    let clipped = gradients.clipped(toNorm: 2.5, over: model.parameters)
    #expect(clipped[model.filter]?.scalars.first == 1.5)
    #expect(clipped[model.bias]?.scalars == [0, 2, 0, 0, 0])
    #expect(clipped.norm(over: model.parameters) == 2.5)
  }

  @Test func clipsEachElementAtTheLimitAndKeepsNaN() {
    let model = Perceptron()
    var random = RandomStream(seed: 7)
    let filter = Tensor.random([3, 5], &random)
    let clipped = model.gradients(filter: filter, bias: Tensor([0.3, -0.3, .infinity, -.infinity, .nan]))
      .clipped(toValue: 0.3)
    // As torch.nn.utils.clip_grad_value_ defines it: clamped to [-limit, limit].
    #expect(clipped[model.filter]?.scalars == filter.scalars.map { min(max($0, -0.3), 0.3) })
    #expect(filter.scalars.contains { abs($0) > 0.3 } && filter.scalars.contains { abs($0) < 0.3 })
    let bias = clipped[model.bias]?.scalars ?? []
    #expect(bias.prefix(4) == [0.3, -0.3, 0.3, -0.3] && bias.last?.isNaN == true)
  }

  @Test func leavesShorterGradientsAndThoseWithoutANormAsTheyAre() {
    let model = Perceptron()
    for bias in [Tensor([0, 3, 0, 4, 0]), Tensor([0, .infinity, 0, 4, 0])] {
      let clipped = model.gradients(filter: nil, bias: bias).clipped(toNorm: 5, over: model.parameters)
      #expect(clipped[model.bias] == bias)
      #expect(clipped[model.filter] == nil)
    }
  }

  @Test(arguments: [1, 15, 16, 17, 65_536, 65_537, 200_003]) func addsSquaresUpInDoublePrecision(count: Int) {
    var random = RandomStream(seed: UInt64(count))
    let model = Perceptron(filter: .random([count], &random), bias: .zeros([1]))
    let sum = model.filter.value.scalars.reduce(0.0) { $0 + Double($1) * Double($1) }
    let gradients = model.gradients(filter: model.filter.value, bias: nil)
    #expect(abs(gradients.norm(over: model.parameters) - sum.squareRoot()) <= 1e-12 * sum)
  }
}

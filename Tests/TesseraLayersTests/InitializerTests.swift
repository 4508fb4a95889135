import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors
import TestSupport
import Testing

@Suite struct InitializerTests {
  /// Fan-in and fan-out of each shape as Keras counts them: window times the last axis but one, window times the last.
  static let shapes: [(shape: Shape, fanIn: Double, fanOut: Double)] = [
    ([3, 3, 40, 100], 360, 900), ([200, 300], 200, 300), ([60_000], 60_000, 60_000),
    // A transposed filter is [height, width, outputs, inputs]; Keras counts it alike.
    ([4, 4, 50, 70], 800, 1120),
  ]
  static let initializers: [(initializer: Initializer, variance: @Sendable (Double, Double) -> Double, bound: Double)] =
    [
      // The bound in standard deviations: a uniform distribution ends at sqrt(3), a widened truncated normal at 2 /
      // 0.8796.
      (.heNormal, { fanIn, _ in 2 / fanIn }, 2.2737), (.heUniform, { fanIn, _ in 2 / fanIn }, 1.7321),
      (.heNormalFanOut, { 2 / $1 }, 2.2737),
      (.glorotNormal, { 2 / ($0 + $1) }, 2.2737), (.glorotUniform, { 2 / ($0 + $1) }, 1.7321),
    ]

  @Test(arguments: shapes.indices, initializers.indices)
  func drawsHaveTheVarianceAndBoundsOfTheirDistribution(_ shape: Int, _ kind: Int) {
    let (shape, fanIn, fanOut) = Self.shapes[shape]
    let (initializer, variance, bound) = Self.initializers[kind]
    var random = RandomStream(seed: 3)
    let values = DoubleArray(initializer(shape, random: &random)).scalars
    let count = Double(values.count)
    let deviation = variance(fanIn, fanOut).squareRoot()
    let mean = values.reduce(0, +) / count
    #expect(abs(mean) < 5 * deviation / count.squareRoot())
    // The sample variance of n draws deviates by less than sqrt(2 / n).
    let measured = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    #expect(abs(measured / (deviation * deviation) - 1) < 5 * (2 / count).squareRoot())
    let largest = values.reduce(0) { max($0, abs($1)) }
    #expect(largest <= bound * deviation && largest > 0.98 * bound * deviation)
  }

  @Test func theSameStreamGivesTheSameWeightsAndMovesOn() {
    func draw() -> (Tensor, Tensor) {
      var random = RandomStream(seed: 7)
      return (Initializer.heNormal([5, 5], random: &random), Initializer.heNormal([5, 5], random: &random))
    }
    #expect(draw() == draw())
    #expect(draw().0 != draw().1)
  }

  @Test func constants() {
    var random = RandomStream(seed: 7)
    #expect(Initializer.zeros([2, 2], random: &random) == .zeros([2, 2]))
    #expect(Initializer.constant(3)([2], random: &random).scalars == [3, 3])
  }

  @Test(arguments: [2, 3, 4, 8])
  func bilinearTransposedConvolutionsInterpolate(_ factor: Int) {
    var random = RandomStream(seed: 7)
    let layer = TransposedConv2D(
      from: 2, to: 2, kernel: Extent(2 * factor - factor % 2), stride: Extent(factor), initializer: .bilinear,
      random: &random)
    let input = Tensor.random([1, 5, 6, 2])
    let enlarged = layer(Variable(input)).value
    let expected = input.resized(to: Extent(height: 5 * factor, width: 6 * factor), .bilinear)
    #expect(enlarged.shape == expected.shape)
    // At the border the convolution fades to zero where interpolation repeats the edge.
    func inside(_ tensor: Tensor) -> Tensor {
      tensor.sliced(factor..<4 * factor, along: 1).sliced(factor..<5 * factor, along: 2)
    }
    expectClose(inside(enlarged), inside(expected), tolerance: 1e-6)
  }

  /// When the values are asked for changes neither them nor what is drawn next.
  @Test func parametersAreMadeWhenTheyAreAskedFor() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(pool: pool)) {
      var (planned, drawn) = (RandomStream(seed: 7), RandomStream(seed: 7))
      let parameters = Self.initializers.map { $0.initializer.parameter([3, 3, 4, 1000], random: &planned) }
      #expect(pool.statistics.requests == 0)
      let values = Self.initializers.map { $0.initializer([3, 3, 4, 1000], random: &drawn) }
      #expect(Array(parameters.reversed().map(\.value).reversed()) == values)
      #expect(planned.next() == drawn.next())
    }
  }

  @Test func whatIsReplacedIsNeverMade() {
    var random = RandomStream(seed: 7)
    let parameter = Initializer.heNormal.parameter([1 << 20, 1 << 20], random: &random)
    #expect(parameter.shape.elementCount == 1 << 40)
    let small = Parameter(shape: [2]) { fail("it was made") }
    small.value = Tensor([1, 2])
    small.value[0] = 3
    #expect(small.value == Tensor([3, 2]))
  }
}

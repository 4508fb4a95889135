import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct TapeMemoryTests {
  /// A megabyte.
  static let shape: Shape = [512, 512]

  @Test func anInferencePassKeepsNothing() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(pool: pool)) {
      let weight = Parameter(.random([8, 8]))
      let input = Tensor.random([1024, 8])
      let before = pool.statistics.live
      do {
        var x = Variable(input)
        for _ in 0..<20 { x = relu(x.matrixProduct(weight.joining(x))) }
        // Two or three layers' worth at most: the input and output of one operation.
        #expect(pool.statistics.peak - before < 4 * 1024 * 8 * 4)
      }
      withExtendedLifetime((weight, input)) { #expect(pool.statistics.live == before) }
    }
  }

  @Test func memoryFallsAsTheBackwardPassWalks() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(pool: pool)) {
      let weight = Parameter(.random(Self.shape))
      let before = pool.statistics.live
      final class Observed { var bytes: [Int] = [] }
      let observed = Observed()
      func probe(_ x: Variable) -> Variable {
        .operation("probe", on: [x], value: x.value) { gradient in
          observed.bytes.append(pool.statistics.live)
          return [gradient]
        }
      }
      do {
        let gradients: Gradients
        do {
          let tape = Tape()
          var x = tape.input(Tensor(repeating: 1, shape: Self.shape))
          for _ in 0..<8 { x = probe((x * weight.joining(x)).exponential()) }
          let loss = x.mean()
          x = loss
          gradients = tape.gradients(of: loss)
        }
        #expect(gradients[weight]?.shape == Self.shape)
        // Eight layers saved a product and an exponential each; two buffers go with every layer walked.
        #expect(observed.bytes.count == 8)
        for (earlier, later) in zip(observed.bytes, observed.bytes.dropFirst()).dropFirst() {
          #expect(later <= earlier - Self.shape.elementCount * 4)
        }
        withExtendedLifetime(gradients) {
          #expect(pool.statistics.live - before == Self.shape.elementCount * 4, "the one gradient")
        }
      }
      withExtendedLifetime(weight) { #expect(pool.statistics.live == before) }
    }
  }

  @Test func aTapeThatIsNeverWalkedBackGoesWithItsLastVariable() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(pool: pool)) {
      let weights = [Parameter(.random([3, 3, 4, 4])), Parameter(.random([4]))]
      let transposed = Parameter(.random([3, 3, 4, 4]))
      let input = Tensor.random([1, 8, 8, 4])
      let before = pool.statistics.live
      weak var forgotten: Tape?
      do {
        let tape = Tape()
        forgotten = tape
        // One of every operation: none of their pullbacks may hold a variable.
        let x = tape.variable(input)
        var y = conv2D(x, filter: weights[0].joining(x), bias: weights[1].joining(x), activation: .relu)
        y = transposedConv2D(y, filter: transposed.joining(y), bias: weights[1].joining(y), stride: 2)
        y = maxPool(y, window: 2) + averagePool(y, window: 2)
        y = resize(upsample(y, by: 2), to: 8, .bilinear)
        y = dropout(activate(y, .gelu), rate: 0.5)
        let factors = weights[1].joining(y)
        y = batchNormalization(y, scale: factors, offset: factors, epsilon: 1e-3).output
        y = batchNormalization(y, scale: factors, offset: factors, mean: factors, variance: factors, epsilon: 1e-3)
        y = layerNormalization(y, scale: factors, offset: factors, epsilon: 1e-3)
        y = groupNormalization(y, scale: factors, offset: factors, groups: 2, epsilon: 1e-3)
        y = concatenate([y, -y, y.sliced(0..<2, along: -1)])
        y = y.squared().exponential().logarithm().squareRoot() - y / 2 + y * y
        y = softmax(y.transposed([0, 2, 1, 3]))
        let rows = y.reshaped(to: [64, 10])
        let product = rows.matrixProduct(rows.transposed([1, 0]))
        let loss = meanSquaredError(product, .zeros(product.shape)) + rows.mean()
        let entropy = softmaxCrossEntropy(rows, labels: [Int32](repeating: 1, count: 64)).mean
        #expect((loss + entropy + globalMaxPool(y).sum() + globalAveragePool(y).sum()).needsGradient)
        #expect(forgotten != nil)
      }
      #expect(forgotten == nil)
      withExtendedLifetime((weights, transposed, input)) { #expect(pool.statistics.live == before) }
    }
  }

  @Test func aTrainingStepLeavesNothingBehind() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(pool: pool)) {
      let filter = Parameter(.random([3, 3, 4, 4]))
      let input = Tensor.random([2, 16, 16, 4])
      let before = pool.statistics.live
      for step in 0..<3 {
        let tape = Tape()
        let x = tape.input(input)
        let gradients = tape.gradients(of: relu(conv2D(x, filter: filter.joining(x))).squared().mean())
        if let gradient = gradients[filter] { filter.value -= gradient * 0.01 }
        #expect(gradients[filter] != nil, "step \(step)")
      }
      withExtendedLifetime((filter, input)) { #expect(pool.statistics.live == before) }
    }
  }
}

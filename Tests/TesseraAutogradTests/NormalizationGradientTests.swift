import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// Normalizations against plain loops in Double, forward and by central differences of those.
@Suite struct NormalizationGradientTests {
  static let scale = Tensor.random([6], seed: 2, in: 0.5..<2)
  static let offset = Tensor.random([6], seed: 3)

  private func affine(_ normalized: DoubleArray, _ inputs: [DoubleArray]) -> DoubleArray {
    normalized.combined(with: inputs[1], *).combined(with: inputs[2], +)
  }

  @Test(arguments: [[7, 6], [2, 4, 6], [2, 3, 2, 6], [2, 1, 2, 2, 6]] as [Shape])
  func batchNormalizationByTheBatchsMoments(_ shape: Shape) {
    expectGradients(
      of: { batchNormalization($0[0], scale: $0[1], offset: $0[2], epsilon: 1e-2).output },
      match: { affine(Oracle.normalize($0[0], along: Set(0..<shape.rank - 1), epsilon: 1e-2), $0) },
      at: [.random(shape, in: -1..<3), Self.scale, Self.offset], tolerance: 5e-5)
  }

  @Test(arguments: [[7, 6], [2, 4, 6], [2, 3, 2, 6]] as [Shape])
  func batchNormalizationByKnownMoments(_ shape: Shape) {
    let (mean, variance) = (Tensor.random([6], seed: 4), Tensor.random([6], seed: 5, in: 1..<2))
    expectGradients(
      of: {
        batchNormalization(
          $0[0], scale: $0[1], offset: $0[2], mean: Variable(mean), variance: Variable(variance), epsilon: 1e-2)
      },
      match: { inputs in
        let deviation = DoubleArray(variance).map { ($0 + 1e-2).squareRoot() }
        return affine(inputs[0].combined(with: DoubleArray(mean), -).combined(with: deviation, /), inputs)
      }, at: [.random(shape, in: -1..<3), Self.scale, Self.offset])
  }

  @Test(arguments: [[6], [5, 6], [2, 2, 3, 6]] as [Shape]) func layerNormalizationOverTheLastAxis(_ shape: Shape) {
    expectGradients(
      of: { layerNormalization($0[0], scale: $0[1], offset: $0[2], epsilon: 1e-2) },
      match: { affine(Oracle.normalize($0[0], along: [shape.rank - 1], epsilon: 1e-2), $0) },
      at: [.random(shape, in: -1..<3), Self.scale, Self.offset], tolerance: 5e-5)
  }

  @Test(arguments: [1, 2, 3, 6]) func groupNormalizationOfEachPicture(groups: Int) {
    for shape in [[2, 2, 3, 6], [3, 4, 6]] as [Shape] {
      expectGradients(
        of: { groupNormalization($0[0], scale: $0[1], offset: $0[2], groups: groups, epsilon: 1e-2) },
        match: { inputs in
          let pixels = shape.elementCount / shape[0] / 6
          let grouped = inputs[0].reshaped(to: [shape[0], pixels, groups, 6 / groups])
          return affine(Oracle.normalize(grouped, along: [1, 3], epsilon: 1e-2).reshaped(to: shape), inputs)
        }, at: [.random(shape, in: -1..<3), Self.scale, Self.offset], tolerance: 5e-5)
    }
  }

  /// Which gradients are wanted changes none of them.
  @Test(arguments: 0..<8) func eachGradientComesAlone(wanted: Int) {
    let input = Tensor.random([2, 3, 2, 6], in: -1..<3)
    typealias Body = @Sendable ([Variable]) -> Variable
    let bodies: [Body] = [
      { batchNormalization($0[0], scale: $0[1], offset: $0[2], epsilon: 1e-3).output },
      { batchNormalization($0[0], scale: $0[1], offset: $0[2], mean: $0[3], variance: $0[4], epsilon: 1e-3) },
      { layerNormalization($0[0], scale: $0[1], offset: $0[2], epsilon: 1e-3) },
      { groupNormalization($0[0], scale: $0[1], offset: $0[2], groups: 2, epsilon: 1e-3) },
    ]
    for (index, body) in bodies.enumerated() {
      func gradients(_ wanted: Int) -> [Tensor?] {
        let tape = Tape()
        let variables = [input, Self.scale, Self.offset, Self.offset, Self.scale].enumerated().map { place, value in
          place < 3 && wanted >> place & 1 == 1 ? tape.variable(value) : tape.input(value)
        }
        let found = tape.gradients(of: body(variables), seed: .random(input.shape, seed: 9))
        return variables.map { found[$0] }
      }
      let (all, some) = (gradients(7), gradients(wanted))
      for place in 0..<3 { #expect(some[place] == (wanted >> place & 1 == 1 ? all[place] : nil), "\(index), \(place)") }
    }
  }

  /// A batch normalization keeps its input, which the layer before it does not, and nothing else of that size.
  @Test func aBatchNormalizationKeepsItsInputAlone() {
    let pool = BufferPool()
    let bytes = 256 * 64 * 4
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let vector = Tensor(repeating: 1, shape: [64])
      let tape = Tape()
      let x = tape.variable(.random([256, 64]))
      let before = pool.statistics.live
      do {
        let y = batchNormalization(
          x * 2, scale: tape.variable(vector), offset: tape.variable(vector), epsilon: 1e-3
        ).output
        #expect(y.needsGradient)
      }
      let kept = pool.statistics.live - before
      // The factor 2 has a gradient too.
      #expect(kept >= bytes && kept < bytes + 8192)
      withExtendedLifetime((tape, x)) {}
    }
  }
}

import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraTensors
import TestSupport
import Testing

/// SegFormer's decoder computes at small sizes what its paper computes at 1/4 of the picture's size.
@Suite struct SegFormerDecoderTests {
  private static let channels = [3, 5, 6, 7, 8]
  private static let size = Extent(height: 64, width: 96)

  private static func decoder() -> SegFormerDecoder {
    var random = RandomStream(seed: 1)
    return SegFormerDecoder(
      on: channels, of: MixTransformerB0.self, plan: SegFormerDecoder.plan, classes: 3, dropout: 0, random: &random)
  }

  private static let features = [64, 16, 8, 4, 2].enumerated().map { index, height in
    Tensor.random([2, height, height * 3 / 2, channels[index]], seed: UInt64(index))
  }

  /// The paper's order: projected, enlarged, joined, and only then mixed.
  private static func asInThePaper(_ decoder: SegFormerDecoder, _ features: [Variable]) -> Variable {
    let extent = Extent(height: 16, width: 24)
    let parts = zip(features.dropFirst(), decoder.projections).map { resize($1($0), to: extent, .bilinear) }
    return resize(decoder.classifier(decoder.joined(concatenate(parts.reversed()))), to: size, .bilinear)
  }

  @Test func valuesAreThoseOfThePapersOrder() {
    let decoder = Self.decoder()
    // Biases and statistics are not those of the first step.
    for (index, parameter) in decoder.parameters.enumerated() where parameter.kind != .weight {
      parameter.value = .random(parameter.shape, seed: UInt64(index), in: 0.5..<1.5)
    }
    let expected = Self.asInThePaper(decoder, Self.features.map { Variable($0) }).value
    let prepared = PreparedTensors()
    ComputeContext.$current.withValue(.current.keeping(prepared)) {
      for pass in 1...3 {
        let found = decoder(Self.features.map { Variable($0) }, size: Self.size).value
        expectClose(found, DoubleArray(expected), tolerance: 1e-5, "pass \(pass)")
      }
    }
  }

  @Test func gradientsAreThoseOfThePapersOrder() throws {
    let decoder = Self.decoder()
    let seed = Tensor.random([2, 64, 96, 3], seed: 9)
    func gradients(_ compute: ([Variable]) -> Variable) throws -> [Tensor] {
      let tape = Tape()
      let inputs = Self.features.map(tape.variable)
      let result = compute(inputs)
      let gradients = tape.gradients(of: result, seed: seed)
      // The normalization takes away whatever the projections' biases add: their gradients are rounding errors.
      let biases = decoder.projections.compactMap(\.bias)
      for bias in biases { #expect(try #require(gradients[bias]).scalars.allSatisfy { abs($0) < 1e-3 }) }
      return try inputs.dropFirst().map { try #require(gradients[$0]) }
        + decoder.parameters.filter { one in one.isTrainable && !biases.contains { $0 === one } }
        .map { try #require(gradients[$0]) }
    }
    let expected = try gradients { Self.asInThePaper(decoder, $0) }
    let found = try gradients { decoder($0, size: Self.size) }
    #expect(found.count == 4 + 4 + 3 + 2)
    for (index, (found, expected)) in zip(found, expected).enumerated() {
      expectClose(found, DoubleArray(expected), tolerance: 2e-4, "gradient \(index)")
    }
  }
}

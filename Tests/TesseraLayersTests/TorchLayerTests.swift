import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraKernels
import TesseraLayers
import TesseraTensors
import TestSupport
import Testing

/// Operations of which PyTorch's conventions matter, as PyTorch computes them (`scripts/golden/torch_layers.py`).
@Suite struct TorchLayerTests {
  struct Settings: Decodable, Sendable {
    let operation: String
    let size: [Int]?
    let heads: Int?
    let epsilon: Float?
  }

  static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Golden/torch_layers.safetensors").path

  static func cases() throws -> [String: Settings] {
    let file = try SafeTensors(contentsOf: path)
    return try JSONDecoder().decode([String: Settings].self, from: Data(#require(file.metadata["cases"]).utf8))
  }

  private func subject(_ settings: Settings, _ tensor: (String) throws -> Tensor) throws -> (
    inputs: [String], body: ([Variable]) -> Variable
  ) {
    func size() throws -> Extent {
      let lengths = try #require(settings.size)
      return Extent(height: lengths[0], width: lengths[1])
    }
    switch settings.operation {
    case "resize":
      let size = try size()
      return (["input"], { resize($0[0], to: size, .bilinearAlignedCorners) })
    case "adaptiveAveragePool":
      let layer = AdaptiveAveragePool2D(to: try size())
      return (["input"], { layer($0[0]) })
    case "attention":
      let heads = try #require(settings.heads)
      return (["query", "key", "value"], { scaledDotProductAttention($0[0], $0[1], $0[2], heads: heads) })
    case "layerNorm":
      let epsilon = try #require(settings.epsilon)
      return (
        ["input", "scale", "offset"],
        { layerNormalization($0[0], scale: $0[1], offset: $0[2], epsilon: epsilon) }
      )
    case let other: throw UnknownCase(what: other)
    }
  }

  @Test(arguments: try cases().keys.sorted())
  func outputsAndGradientsEqualPyTorch(_ name: String) throws {
    let file = try SafeTensors(contentsOf: Self.path)
    func tensor(_ array: String) throws -> Tensor { try file.tensor("\(name)/\(array)") }
    let (inputs, body) = try subject(#require(try Self.cases()[name]), tensor)
    let tape = Tape()
    let variables = try inputs.map { tape.variable(try tensor($0)) }
    let output = body(variables)
    expectClose(output.value, try tensor("output"), tolerance: 2e-6, "\(name) output")
    let gradients = tape.gradients(of: output, seed: try tensor("seed"))
    for (input, variable) in zip(inputs, variables) {
      expectClose(
        try #require(gradients[variable]), try tensor("gradient.\(input)"), tolerance: 5e-6,
        "\(name) gradient of \(input)")
    }
  }

  @Test func thereAreCasesOfEveryOperation() throws {
    let operations = Set(try Self.cases().values.map(\.operation))
    #expect(operations == ["resize", "adaptiveAveragePool", "attention", "layerNorm"])
  }
}

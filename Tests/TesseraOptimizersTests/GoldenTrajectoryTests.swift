import Foundation
import TesseraCheckpoints
import TesseraOptimizers
import TesseraTensors
import Testing

/// Weights after each of eight steps with changing rates, as Keras and PyTorch compute them
/// (scripts/golden/optimizers.py).
@Suite struct GoldenTrajectoryTests {
  @Test(arguments: Kind.keras) func followsKeras(kind: Kind) throws { try check(kind, against: "keras") }

  @Test(arguments: Kind.pyTorch) func followsPyTorch(kind: Kind) throws { try check(kind, against: "pyTorch") }

  func check(_ kind: Kind, against library: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = try SafeTensors(contentsOf: folder.appending(path: "Golden/\(library).safetensors").path)
    let model = Perceptron(filter: try file.tensor("initial.filter"), bias: try file.tensor("initial.bias"))
    let filterGradients = try file.tensor("gradient.filter")
    let biasGradients = try file.tensor("gradient.bias")
    let filters = try file.tensor("\(kind)/filter")
    let biases = try file.tensor("\(kind)/bias")
    let optimizer = kind.make(model)
    for (step, rate) in try file.tensor("rates").scalars.enumerated() {
      let gradients = model.gradients(filter: filterGradients.part(step), bias: biasGradients.part(step))
      optimizer.update(along: gradients, rate: Double(rate))
      for (value, golden) in [(model.filter.value, filters.part(step)), (model.bias.value, biases.part(step))] {
        for (index, (a, b)) in zip(value.scalars, golden.scalars).enumerated() {
          #expect(abs(a - b) <= 2e-6 * max(1, abs(b)), "step \(step), element \(index): \(a), golden \(b)")
        }
      }
    }
  }

  @Test func everyGoldenCaseIsRun() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    for (library, kinds) in [("keras", Kind.keras), ("pyTorch", Kind.pyTorch)] {
      let file = try SafeTensors(contentsOf: folder.appending(path: "Golden/\(library).safetensors").path)
      let cases = file.names.filter { $0.hasSuffix("/bias") }.map { String($0.dropLast("/bias".count)) }
      #expect(cases.sorted() == kinds.map(\.description).sorted())
    }
  }
}

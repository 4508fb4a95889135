import TesseraAutograd
import TesseraTensors
import TestSupport
import Testing

@Suite struct GoldenLayerTests {
  @Test(arguments: try GoldenCase.all())
  func outputsAndGradientsEqualKeras(_ example: GoldenCase) throws {
    let (function, parameters) = try example.subject()
    let tape = Tape(mode: example.settings.mode == "inference" ? .inference : .training)
    let input = tape.variable(try example.tensor("input"))
    let output = try function(input)
    expectClose(output.value, try example.tensor("output"), tolerance: 1e-5, "\(example.name) output")
    let gradients = tape.gradients(of: output, seed: try example.tensor("seed"))
    #expect(example.differentiated.contains("input"))
    for array in example.differentiated {
      let found = array == "input" ? gradients[input] : parameters[array].flatMap { gradients[$0] }
      let gradient = try #require(found, "\(example.name): no gradient of \(array)")
      expectClose(
        gradient, try example.tensor("gradient.\(array)"), tolerance: 1e-5, "\(example.name) gradient of \(array)")
    }
    if example.settings.mode == "training" {
      for statistic in ["movingMean", "movingVariance"] {
        let parameter = try #require(parameters[statistic])
        #expect(gradients[parameter] == nil)
        expectClose(parameter.value, try example.tensor("new.\(statistic)"), tolerance: 1e-6, "new \(statistic)")
      }
    }
  }

  @Test func thereAreCasesOfEveryLayer() throws {
    let layers = Set(try GoldenCase.all().map(\.settings.layer))
    #expect(
      layers == [
        "Conv2D", "Conv2DTranspose", "Dense", "BatchNormalization", "GroupNormalization", "LayerNormalization",
        "MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D", "UpSampling2D",
        "Activation", "SparseCategoricalCrossentropy", "CategoricalCrossentropy", "MeanSquaredError",
      ])
  }
}

import TesseraAutograd
import TesseraCheckpoints
import TesseraKernels
import TesseraLayers
import TesseraOptimizers
import TesseraNetworks
import TesseraTensors
import TestSupport
import Testing

/// Both networks against Keras, in everything that training is made of.
@Suite struct GoldenNetworkTests {
  static let networks = ["unet", "fcnn", "fcnn_convolutionalized"]

  @Test(arguments: networks)
  func logitsLossAndEveryGradientAreThoseOfKeras(name: String) throws {
    let golden = try GoldenNetwork(name)
    let masks = try golden.masks("labels", void: nil)
    let (logits, loss, gradients) = try golden.pass(masks)
    expectClose(logits, try golden.file.tensor("logits"), tolerance: 1e-4, "\(name) logits")
    expectClose(loss.mean.value.reshaped(to: [1]), try golden.file.tensor("loss"), tolerance: 1e-4, "\(name) loss")
    #expect(loss.counted == masks.indices.count)
    for (path, parameter) in golden.model.namedParameters {
      let gradient = try #require(gradients[parameter], "\(name) \(path)")
      expectClose(gradient, try golden.file.tensor("gradients/" + path), tolerance: 1e-4, "\(name) \(path)")
    }
  }

  @Test(arguments: ["unet", "fcnn"])
  func voidPixelsAreLeftOutAsKerasIgnoresThem(name: String) throws {
    let golden = try GoldenNetwork(name)
    let masks = try golden.masks("voidLabels", void: 255)
    let void = masks.indices.count { $0 == 255 }
    #expect(void > 0)
    let (_, loss, gradients) = try golden.pass(masks)
    #expect(loss.counted == masks.indices.count - void)
    expectClose(loss.mean.value.reshaped(to: [1]), try golden.file.tensor("voidLoss"), tolerance: 1e-4, "void loss")
    for (path, parameter) in golden.model.namedParameters {
      let gradient = try #require(gradients[parameter], "\(name) \(path)")
      expectClose(gradient, try golden.file.tensor("voidGradients/" + path), tolerance: 1e-4, "\(name) \(path)")
    }
  }

  @Test(arguments: ["unet", "fcnn"], ["adam", "adamw", "rmsprop"])
  func threeStepsLeaveTheWeightsThatKerasHas(name: String, optimizerName: String) throws {
    let golden = try GoldenNetwork(name)
    let expected = try SafeTensors(contentsOf: GoldenNetwork.path(name + "_optimizers"))
    let masks = try golden.masks("labels", void: nil)
    func optimizer(for model: some Module) -> any Optimizer {
      switch optimizerName {
      case "adam": Adam(for: model)
      case "adamw": AdamW(for: model)
      default: RMSprop(for: model)
      }
    }
    let optimizer = optimizer(for: golden.model)
    var losses: [Float] = []
    for _ in 0..<3 {
      let (_, loss, gradients) = try golden.pass(masks)
      losses.append(loss.mean.value.item)
      optimizer.update(along: gradients, rate: 0.001)
    }
    expectClose(Tensor(losses), try expected.tensor("losses/" + optimizerName), tolerance: 1e-4, "losses")
    for (path, parameter) in golden.model.namedParameters {
      let weight = try expected.tensor("\(optimizerName)/\(path)")
      expectClose(parameter.value, weight, tolerance: 1e-4, "\(name) \(optimizerName) \(path)")
      #expect(parameter.value != (try golden.file.tensor("weights/" + path)), "\(path) has not moved")
    }
  }

  @Test(arguments: networks)
  func everyThreadCountGivesTheSameBits(name: String) throws {
    func run(threads: Int) throws -> [[UInt32]] {
      try ComputeContext.$current.withValue(ComputeContext(threads: threads)) {
        let golden = try GoldenNetwork(name)
        let (logits, _, gradients) = try golden.pass(golden.masks("labels", void: nil))
        Adam(for: golden.model).update(along: gradients, rate: 0.001)
        let parameters = golden.model.parameters
        let tensors = [logits] + parameters.compactMap { gradients[$0] } + parameters.map(\.value)
        #expect(tensors.count == 1 + 2 * parameters.count)
        return tensors.map { $0.scalars.map(\.bitPattern) }
      }
    }
    let alone = try run(threads: 1)
    #expect(try run(threads: 2) == alone)
    #expect(try run(threads: 3) == alone)
  }
}

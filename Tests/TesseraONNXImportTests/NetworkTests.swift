import Foundation
import TesseraAutograd
import TesseraImaging
import TesseraLayers
import TesseraNetworks
import TesseraOptimizers
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraONNXImport

@Suite struct NetworkTests {
  @Test(arguments: ExportedNetwork.all.map(\.name))
  func computesAsONNXRuntime(name: String) throws {
    let exported = ExportedNetwork(name: name)
    let network = try exported.network()
    #expect(network.configuration.classes == 3)
    var expected = try exported.logits()[...]
    for size in ExportedNetwork.sizes {
      let scores = try network.graphOutput(of: ExportedNetwork.picture(size))
      let part = Tensor(Array(expected.prefix(scores.variable.shape.elementCount)), shape: Shape(scores.shape))
      expected = expected.dropFirst(part.count)
      // SegFormer's normalizations of four channels amplify what is last in a digit.
      expectClose(scores.natural.value, part, tolerance: name.hasPrefix("segformer") ? 1e-4 : 1e-5, "\(name) \(size)")
    }
    #expect(expected.isEmpty)
  }

  @Test func thereAreNetworksOfAllExporters() {
    #expect(ExportedNetwork.all.count == 15)
    #expect(ExportedNetwork.all.count { $0.name.hasSuffix("dynamo") } == 5)
  }

  @Test func scoresOfAFractionOfThePictureAreResized() throws {
    let network = try ExportedNetwork(name: "segformer-17").network()
    #expect(network(Variable(ExportedNetwork.picture((32, 48)))).shape == [1, 32, 48, 3])
  }

  @Test(arguments: ["unet-17", "mobile-dynamo", "segformer-17"])
  func isSavedInCheckpointsAndLoaded(name: String) throws {
    let network = try ExportedNetwork(name: name).network()
    let space = LabelSpace(names: ["road", "tree", "sky"], void: nil)
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SegmentationCheckpoint(model: network, labelSpace: space, imageSize: 64).save(to: path)
    let catalog = NetworkCatalog.standard.adding(ONNXNetwork.Configuration.self)
    let restored = try SegmentationCheckpoint(contentsOf: path, catalog: catalog)
    let picture = ExportedNetwork.picture((64, 64))
    #expect(restored.model(Variable(picture)).value == network(Variable(picture)).value)
    #expect(restored.labelSpace == space)
    // A program without imported networks says so.
    #expect(throws: SegmentationCheckpointError.self) {
      try SegmentationCheckpoint(contentsOf: path, catalog: .standard)
    }
  }

  @Test(arguments: ["unet-17", "deeplab-dynamo", "stages-11", "segformer-17"])
  func repeatedInferenceFollowsAPlan(name: String) throws {
    let network = try ExportedNetwork(name: name).network()
    let inference = PlannedInference(of: network)
    let picture = ExportedNetwork.picture((32, 32))
    let first = inference.logits(of: picture)
    for _ in 0..<2 { #expect(inference.logits(of: picture) == first) }
    #expect(inference.isPlanned(picture.shape))
  }

  @Test func severalPicturesGiveWhatEachGives() throws {
    let network = try ExportedNetwork(name: "segformer-dynamo").network()
    let (one, other) = (Tensor.random([1, 32, 64, 3], seed: 1), Tensor.random([1, 32, 64, 3], seed: 2))
    let both = network(Variable(.concatenation([one, other], along: 0))).value
    let each = Tensor.concatenation([one, other].map { network(Variable($0)).value }, along: 0)
    expectClose(both, each, tolerance: 1e-5)
  }

  @Test(arguments: ["unet-11", "mobile-17", "stages-17", "segformer-17"])
  func everyWeightLearns(name: String) throws {
    let network = try ExportedNetwork(name: name).network()
    let tape = Tape(mode: .inference)
    let logits = network(tape.input(ExportedNetwork.picture((32, 32))))
    let gradients = tape.gradients(of: logits.squared().mean())
    let trained = network.namedParameters.filter { $0.parameter.kind != .statistic }
    #expect(trained.count > 8)
    for (name, parameter) in trained { #expect(gradients[parameter] != nil, "\(name)") }
    // A small step downhill changes the loss by the gradient's square.
    let square = trained.reduce(0.0) { sum, entry in
      sum + (gradients[entry.parameter]?.scalars.reduce(0.0) { $0 + Double($1) * Double($1) } ?? 0)
    }
    func loss() -> Double { Double(network(Variable(ExportedNetwork.picture((32, 32)))).squared().mean().value.item) }
    let before = loss()
    let rate = 1e-3 * before / square
    for (_, parameter) in trained {
      if let gradient = gradients[parameter] { parameter.value.add(gradient, scaledBy: Float(-rate)) }
    }
    #expect(abs((before - loss()) / (rate * square) - 1) < 0.05)
  }

  /// Exporters write it in many ways; all are the network's, which has the convolution's weights only.
  @Test(arguments: [
    [("Sub", 2), ("Div", 4)], [("Mul", 0.25), ("Add", -0.5)], [("Div", 4), ("Identity", 0), ("Sub", 0.5)],
  ])
  func aNormalizationInTheGraphBecomesTheNetworks(steps: [(type: String, number: Float)]) throws {
    let filter = Tensor.random([2, 3, 1, 1], seed: 1)
    for isChannelsFirst in [true, false] {
      var (nodes, name) = ([ONNXNode](), "image")
      var constants = ["filter": ONNXConstant.floats(filter)]
      if !isChannelsFirst {
        nodes.append(ONNXNode("Transpose", [name], "first", ["perm": .integers([0, 3, 1, 2])]))
        name = "first"
      }
      for (index, step) in steps.enumerated() {
        // A number for each channel, or one for all.
        constants["\(index)"] = .floats(
          index == 0 ? Tensor([step.number, 2 * step.number, 3 * step.number], shape: [3, 1, 1]) : Tensor(step.number))
        let inputs = step.type == "Identity" ? [name] : step.type == "Add" ? ["\(index)", name] : [name, "\(index)"]
        nodes.append(ONNXNode(step.type, inputs, "step \(index)"))
        name = "step \(index)"
      }
      nodes.append(ONNXNode("Conv", [name, "filter"], "scores"))
      let network = try ONNXNetwork(
        of: nodes, constants: constants, lengths: isChannelsFirst ? [nil, 3, nil, nil] : [nil, nil, nil, 3])
      #expect(network.parameterCount == 6)
      let pixels = Tensor.random([1, 32, 32, 3], seed: 2, in: 0..<255)
      let expected = (0..<32 * 32).flatMap { pixel -> [Float] in
        let colors = (0..<3).map { channel in
          steps.enumerated().reduce(Double(pixels.scalars[pixel * 3 + channel]) / 255) { value, step in
            let number = Double(step.element.number) * (step.offset == 0 ? Double(channel + 1) : 1)
            return switch step.element.type {
            case "Add": value + number
            case "Sub": value - number
            case "Mul": value * number
            case "Div": value / number
            default: value
            }
          }
        }
        return (0..<2).map { output in
          Float((0..<3).reduce(0.0) { $0 + colors[$1] * Double(filter.scalars[output * 3 + $1]) })
        }
      }
      expectClose(
        network.logits(of: pixels).value, Tensor(expected, shape: [1, 32, 32, 2]), tolerance: 1e-5, "\(steps)")
    }
  }

  /// What comes after a cast to integers cannot be done before it; a cast to floats changes nothing.
  @Test(arguments: [(6, false), (2, false), (9, false), (1, true), (11, true)])
  func aCastToIntegersEndsTheNormalization(type: Int, isPassed: Bool) throws {
    let constants: [String: ONNXConstant] = [
      "filter": .floats(.random([2, 3, 1, 1], seed: 1)), "eighth": .floats(Tensor(0.125)), "four": .floats(Tensor(4)),
    ]
    let network = try ONNXNetwork(
      of: [
        ONNXNode("Div", ["image", "eighth"], "many"), ONNXNode("Cast", ["many"], "whole", ["to": .integer(type)]),
        ONNXNode("Cast", ["whole"], "floats", ["to": .integer(1)]), ONNXNode("Mul", ["floats", "four"], "more"),
        ONNXNode("Conv", ["more", "filter"], "scores"),
      ], constants: constants, lengths: [nil, 3, nil, nil])
    let factor = network.normalization.deviation[0] / ImageNormalization.unit.deviation[0]
    #expect(abs(factor - (isPassed ? 1 / 32 : 1 / 8)) < 1e-6)
  }

  @Test func whatMakesScoresNoNumbersIsNamed() throws {
    let constants: [String: ONNXConstant] = [
      "filter": .floats(.random([2, 3, 1, 1], seed: 1)), "zero": .floats(Tensor(0)),
    ]
    let broken = try ONNXNetwork(
      of: [
        ONNXNode("Conv", ["image", "filter"], "features"), ONNXNode("Mul", ["features", "zero"], "nothing"),
        ONNXNode("Div", ["nothing", "zero"], "ratio"), ONNXNode("Relu", ["ratio"], "scores"),
      ], constants: constants)
    #expect(try broken.nodeWithoutNumbers() == "ratio (Div)")
    for name in ["unet-17", "segformer-dynamo"] {
      #expect(try ExportedNetwork(name: name).network().nodeWithoutNumbers() == nil)
    }
  }

  @Test func otherClassesReplaceTheLastLayer() throws {
    let network = try ExportedNetwork(name: "unet-17").network()
    let larger = network.configuration.with(classes: 7).makeNetwork(random: RandomStream(seed: 3))
    #expect(larger(Variable(ExportedNetwork.picture((32, 32)))).shape == [1, 32, 32, 7])
    #expect(network.classifier.count == 2)
  }
}

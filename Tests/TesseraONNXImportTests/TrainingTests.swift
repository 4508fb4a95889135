import Foundation
import TesseraAutograd
import TesseraNetworks
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraONNXImport

/// What a training asks of an imported network before its first step.
@Suite struct TrainingTests {
  private static let constants: [String: ONNXConstant] = [
    "a": .floats(.random([4, 3, 1, 1], seed: 1)), "b": .floats(.random([2, 4, 1, 1], seed: 2)),
    "vector": .floats(.random([1, 2, 1, 1], seed: 3)), "row": .floats(.random([1, 3, 1, 1], seed: 4)),
  ]

  private static func network(_ nodes: ONNXNode...) throws -> ONNXNetwork {
    try ONNXNetwork(of: nodes, constants: constants)
  }

  @Test func weightsBehindStepsAreNamed() throws {
    let blocked = try Self.network(
      ONNXNode("Conv", ["image", "a"], "features"), ONNXNode("Round", ["features"], "steps"),
      ONNXNode("Conv", ["steps", "b"], "scores"))
    let fault = #expect(throws: ONNXImportError.self) { try blocked.configuration.requireTrainable() }
    #expect(fault?.items == ["Round (node steps)"])
    // A comparison that only chooses hides no weight from the gradient, and one of the picture has none before it.
    let open = try Self.network(
      ONNXNode("Conv", ["image", "a"], "features"), ONNXNode("Floor", ["image"], "steps"),
      ONNXNode("Conv", ["steps", "a"], "others"), ONNXNode("Greater", ["features", "others"], "test"),
      ONNXNode("Where", ["test", "features", "others"], "larger"), ONNXNode("Conv", ["larger", "b"], "scores"))
    try open.configuration.requireTrainable()
    let tape = Tape(mode: .inference)
    let gradients = tape.gradients(of: open(tape.input(.random([1, 32, 32, 3], seed: 5))).squared().mean())
    #expect(open.parameters.allSatisfy { gradients[$0] != nil })
  }

  @Test func theLastLayersAreFoundThroughSums() throws {
    let network = try Self.network(
      ONNXNode("Conv", ["image", "a"], "features"), ONNXNode("Conv", ["features", "b"], "high"),
      ONNXNode("Relu", ["features"], "positive"), ONNXNode("Conv", ["positive", "b"], "low"),
      ONNXNode("Add", ["low", "high"], "sum"), ONNXNode("Add", ["sum", "vector"], "scores"))
    let larger = network.configuration.with(classes: 5)
    try larger.requireTrainable()
    #expect(
      larger.makeNetwork(random: RandomStream(seed: 1))(Variable(.random([1, 32, 32, 3], seed: 6))).shape
        == [1, 32, 32, 5])
  }

  @Test func otherClassesNeedALastLayer() throws {
    let network = try Self.network(
      ONNXNode("Conv", ["image", "a"], "features"), ONNXNode("Conv", ["features", "b"], "last"),
      ONNXNode("Tanh", ["last"], "scores"))
    try network.configuration.requireTrainable()
    let fault = #expect(throws: ONNXImportError.self) {
      try network.configuration.with(classes: 3).requireTrainable()
    }
    #expect(fault?.description.contains("node scores (Tanh)") == true, "\(fault?.description ?? "")")
  }

  @Test func aForegroundIsKeptAsOneOutputOrReplaced() throws {
    let network = try Self.network(ONNXNode("Conv", ["image", "row"], "matte"))
    #expect(network.configuration.classes == 2 && network.configuration.givesForeground)
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try network.save(to: path)
    let same = network.configuration.makeNetwork(random: RandomStream(seed: 2))
    #expect(try same.loadInitialWeights(from: path) == nil)
    let picture = Variable(.random([1, 32, 32, 3], seed: 7))
    #expect(same(picture).value == network(picture).value)
    let other = network.configuration.with(classes: 4).makeNetwork(random: RandomStream(seed: 2))
    #expect(try other.loadInitialWeights(from: path)?.parameters == ["layers.0.filter"])
    #expect(other(picture).shape == [1, 32, 32, 4])
  }

  @Test func aWindowThatIsNotItsFiltersIsRefused() {
    let fault = #expect(throws: ONNXImportError.self) {
      try Self.network(ONNXNode("Conv", ["image", "a"], "scores", ["kernel_shape": .integers([3, 3])]))
    }
    #expect(fault?.description.contains("its kernel_shape is [3, 3]") == true)
  }
}

import TesseraAutograd
import TesseraKernels
import TesseraNetworks
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraONNXImport

@Suite struct FusionTests {
  /// A part that exporters spell out: the operation that it becomes, and the graph.
  struct Part: Sendable, CustomTestStringConvertible {
    let fusion: String
    let variant: String
    var shape: Shape = [1, 4, 6, 5]
    var version = 17
    let body: @Sendable (GraphSketch) -> String

    init(
      _ fusion: String, _ variant: String, shape: Shape = [1, 4, 6, 5], version: Int = 17,
      _ body: @escaping @Sendable (GraphSketch) -> String
    ) {
      (self.fusion, self.variant, self.shape, self.version, self.body) = (fusion, variant, shape, version, body)
    }

    var testDescription: String { "\(fusion), \(variant)" }

    var graph: ONNXGraph {
      let sketch = GraphSketch(version: version)
      return sketch.graph(body(sketch))
    }
  }

  @Test(arguments: activations + normalizations + attentions + convolutions)
  func aPartIsOneOperationWithTheSameValuesAndGradients(part: Part) throws {
    let graph = part.graph
    #expect(try graph.fusions() == [part.fusion])
    let orders = part.shape.rank == 4 ? [[0, 1, 2, 3], ArrangedVariable.picture] : [Array(0..<part.shape.rank)]
    for order in orders {
      let x = Tensor.random(part.shape, seed: 7) * 2
      let fused = try graph.followed(x, order: order, isFusing: true)
      let plain = try graph.followed(x, order: order, isFusing: false)
      expectClose(fused.value, plain.value, "value")
      for (number, (found, expected)) in zip(fused.gradients, plain.gradients).enumerated() {
        if let found, let expected { expectClose(found, expected, tolerance: 2e-5, "gradient \(number)") }
        #expect((found == nil) == (expected == nil), "gradient \(number)")
      }
      #expect(fused.kinds != plain.kinds)
    }
  }

  @Test(arguments: others) func whatOnlyLooksLikeItStaysAsItIs(part: Part) throws {
    let graph = part.graph
    #expect(!(try graph.fusions().contains(part.fusion)))
  }

  @Test(arguments: fallingBack) func whereShapesDoNotFitItIsComputedNodeByNode(part: Part) throws {
    let graph = part.graph
    #expect(try graph.fusions() == [part.fusion])
    let x = Tensor.random(part.shape, seed: 7)
    let order = Array(0..<part.shape.rank)
    let fused = try graph.followed(x, order: order, isFusing: true)
    let plain = try graph.followed(x, order: order, isFusing: false)
    #expect(fused.value == plain.value && fused.kinds == plain.kinds)
  }

  @Test func valuesThatOthersNeedStay() throws {
    let sketch = GraphSketch()
    let gate = sketch.add("Sigmoid", "x")
    let product = sketch.add("Mul", "x", gate)
    #expect(try sketch.graph(product).fusions() == ["silu"])
    #expect(try sketch.graph(product, gate).fusions().isEmpty)
    let sum = sketch.add("Add", product, gate)
    #expect(try sketch.graph(sum).fusions().isEmpty)
  }

  @Test(
    arguments: [
      ("segformer-17", ["attention": 4, "gelu": 4, "joined convolution": 1]),
      ("segformer-dynamo", ["attention": 4, "joined convolution": 1]), ("mobile-17", ["silu": 1]),
      ("mobile-11", ["hardSwish": 2, "silu": 1]), ("stages-17", ["groupNormalization": 1, "padded convolution": 1]),
      ("stages-dynamo", ["groupNormalization": 1, "padded convolution": 1]), ("unet-17", [:]),
      ("deeplab-17", ["joined convolution": 1]), ("keras-17", ["layerNormalization": 2, "silu": 1]),
    ] as [(String, [String: Int])])
  func ofExportedNetworks(name: String, expected: [String: Int]) throws {
    let fusions = try ExportedNetwork(name: name).network().configuration.program.graph.fusions()
    #expect(Dictionary(grouping: fusions) { $0 }.mapValues(\.count) == expected)
  }

  @Test(arguments: ExportedNetwork.all.map(\.name))
  func exportedNetworksHavePlans(name: String) throws {
    let network = try ExportedNetwork(name: name).network()
    let inference = PlannedInference(of: network)
    let picture = ExportedNetwork.picture((32, 32))
    for _ in 0..<2 { _ = inference.logits(of: picture) }
    #expect(inference.isPlanned(picture.shape))
  }
}

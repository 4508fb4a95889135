import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensorBoard
import TesseraTensors
import Testing

@Suite struct GraphDefinitionTests {
  private func node(_ name: String, in graph: Tensorboard_GraphDef) throws -> Tensorboard_NodeDef {
    try #require(graph.node.first { $0.name == name }, "\(name) is missing")
  }

  @Test func operationsLieInTheScopesOfTheirModules() throws {
    let model = UNet(.init(classes: 3, width: 2), random: RandomStream(seed: 1))
    let graph = Tensorboard_GraphDef(model.graph(height: 16, width: 32))
    let names = graph.node.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(graph.node.allSatisfy { Set($0.input).isSubset(of: names) })
    let first = try node("encoder/0/first/conv2D", in: graph)
    #expect(first.op == "conv2D")
    #expect(first.input == ["pictures", "encoder/0/first/filter", "encoder/0/first/bias"])
    #expect(first.attr["window"]?.s == Data("3 x 3".utf8) && first.attr["activation"]?.s == Data("relu".utf8))
    #expect(first.attr["parameters"]?.i == 56 && first.attr["multiplyAdds"]?.i == 16 * 32 * 54)
    #expect(first.attr["_output_shapes"]?.list.shape.first?.dim.map(\.size) == [1, 16, 32, 2])
    #expect(
      try node("pictures", in: graph).attr["_output_shapes"]?.list.shape.first?.dim.map(\.size) == [1, 16, 32, 3])
    // Pools lie between the blocks of the encoder, joins within their level of the decoder.
    #expect(try node("encoder/maxPool", in: graph).input == ["encoder/0/second/conv2D"])
    #expect(
      try node("decoder/0/concatenate", in: graph).input == [
        "decoder/0/up/transposedConv2D", "encoder/3/second/conv2D",
      ])
    #expect(names.filter { $0.hasSuffix("filter") }.count == 23)
  }

  @Test func skipsThatLeaveABackboneStayInIt() throws {
    let model = FCNN(.init(classes: 3, width: 2), random: RandomStream(seed: 1))
    let graph = Tensorboard_GraphDef(model.graph(height: 32, width: 32))
    #expect(try node("score3/conv2D", in: graph).input.first == "backbone/blocks/maxPool_3")
    #expect(try node("add_2", in: graph).input == ["score3/conv2D", "up4/transposedConv2D"])
  }

  @Test func constantsAndSharedParametersAppearOnce() throws {
    struct Twice: Module {
      let layer: Dense
      func callAsFunction(_ input: Variable) -> Variable { layer(layer(input)) * 2 }
    }
    var random = RandomStream(seed: 1)
    let model = Twice(layer: Dense(from: 2, to: 2, random: &random))
    let graph = Tensorboard_GraphDef(NetworkGraph(of: model, input: [1, 2]) { model($0) })
    #expect(graph.node.filter { $0.op == "Parameter" }.map(\.name) == ["layer/weight", "layer/bias"])
    #expect(graph.node.filter { $0.op == "Const" }.count == 1)
    #expect(try node("layer/matrixProduct_2", in: graph).input == ["layer/add", "layer/weight"])
  }
}

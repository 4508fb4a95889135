import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraKernels
import TesseraLayers
import TesseraONNX
import TesseraTensors
import Testing

/// Each operation's translation. What the operators compute is compared by scripts/verify/onnx_export.py.
@Suite struct OperationTests {
  private func graph(_ layer: any Layer, _ input: Shape) -> NetworkGraph {
    func record(_ layer: some Layer) -> NetworkGraph { NetworkGraph(of: layer, input: input) { layer($0) } }
    return record(layer)
  }

  @Test(arguments: OperationCase.all) func anOperationBecomesItsOperators(operation: OperationCase) throws {
    let layer = operation.makeLayer()
    let graph = graph(layer, operation.input)
    let model = try ONNXModel(graph, name: operation.name).read()
    #expect(model.graph.node.map(\.opType) == operation.operators)
    model.expectOrder()
    func lengths(_ shape: Shape) -> [String] {
      (shape.rank == 4 ? [0, 3, 1, 2] : Array(0..<shape.rank)).map { "\(shape[$0])" }
    }
    #expect(model.graph.input.map(\.lengths) == [lengths(operation.input)])
    #expect(model.graph.output.map(\.lengths) == [lengths(try #require(graph.nodes.last).shape)])
    guard let folder = ProcessInfo.processInfo.environment["TESSERA_ONNX_CASES"] else { return }
    // For scripts/verify/onnx_export.py: the model, what it gets, and what Tessera makes of it.
    let result = layer(Variable(operation.picture)).value
    func channelsFirst(_ tensor: Tensor) -> Tensor {
      tensor.shape.rank == 4 ? tensor.transposed([0, 3, 1, 2]) : tensor
    }
    try ONNXModel(graph, name: operation.name).write(to: "\(folder)/\(operation.name).onnx")
    try SafeTensors.write(
      [("input", channelsFirst(operation.picture)), ("output", channelsFirst(result))],
      to: "\(folder)/\(operation.name).safetensors")
  }

  @Test func attributesSayHowWindowsLie() throws {
    func node(_ name: String) throws -> Onnx_NodeProto {
      let operation = try #require(OperationCase.all.first { $0.name == name })
      return try ONNXModel(graph(operation.makeLayer(), operation.input), name: name).read().graph.node[0]
    }
    let even = try node("conv_even_kernel")
    #expect(even.integers("kernel_shape") == [4, 4] && even.integers("strides") == [1, 1])
    #expect(even.integers("pads") == [1, 1, 2, 2] && even.integer("group") == 1)
    // Seven rows by two: four windows reach one beyond; nine columns likewise.
    #expect(try node("conv_stride").integers("pads") == [1, 1, 1, 1])
    #expect(try node("conv_explicit").integers("pads") == [1, 0, 2, 1])
    let grouped = try node("conv_groups_dilation")
    #expect(grouped.integer("group") == 2 && grouped.integers("dilations") == [2, 2])
    #expect(grouped.integers("pads") == [2, 2, 2, 2] && grouped.input.count == 2)
    let depthwise = try node("conv_depthwise")
    #expect(depthwise.integer("group") == 6 && depthwise.integers("pads") == [1, 1, 1, 1])
    #expect(try node("conv_stem").integers("pads") == [3, 3, 3, 3])
    #expect(try node("conv_stem_keras").integers("pads") == [0, 0, 1, 1])
    let transposed = try node("transposed")
    #expect(transposed.integers("pads") == [1, 1, 1, 1] && transposed.integers("output_padding") == [0, 0])
    #expect(transposed.integers("kernel_shape") == [4, 4])
    #expect(try node("transposed_16_8").integers("pads") == [4, 4, 4, 4])
    #expect(try node("transposed_short_kernel").integers("output_padding") == [1, 1])
    #expect(try node("transposed_short_kernel").integers("pads") == [0, 0, 0, 0])
    #expect(try node("transposed_pytorch").integers("pads") == [1, 1, 1, 1])
    // Pads that differ by one are no matter of taps that lie two apart.
    #expect(try node("transposed_dilated").integers("pads") == [1, 1, 2, 2])
    let resized = try node("upsample_nearest")
    #expect(resized.text("mode") == "nearest" && resized.text("coordinate_transformation_mode") == "half_pixel")
  }

  @Test func poolsAndActivationsKeepTheirNumbers() throws {
    func model(_ name: String) throws -> Onnx_ModelProto {
      let operation = try #require(OperationCase.all.first { $0.name == name })
      return try ONNXModel(graph(operation.makeLayer(), operation.input), name: name).read()
    }
    let pool = try #require(try model("conv_stem").graph.node.last)
    #expect(pool.integers("pads") == [1, 1, 1, 1] && pool.integers("strides") == [2, 2])
    // One channel of each filter, as the format has it.
    let depthwise = try model("conv_depthwise")
    #expect(try depthwise.constant(depthwise.graph.node[0].input[1]).tensor.shape == [6, 1, 3, 3])
    let clip = try #require(depthwise.graph.node.last)
    #expect(try clip.input.dropFirst().map { try depthwise.constant($0).tensor.scalars } == [[0], [6]])
    let hard = try #require(try model("hard_sigmoid").graph.node.last)
    #expect(hard.float("alpha") == 1 / 6 && hard.float("beta") == 0.5)
    let silu = try model("silu").graph
    #expect(silu.node[1].input == [silu.input[0].name, silu.node[0].name])
  }

  @Test func normalizationsKeepTheirNumbers() throws {
    func model(_ name: String) throws -> Onnx_ModelProto {
      let operation = try #require(OperationCase.all.first { $0.name == name })
      return try ONNXModel(graph(operation.makeLayer(), operation.input), name: name).read()
    }
    let batch = try model("conv_batch_norm")
    let node = try batch.node("layers.1")
    #expect(
      node.input.dropFirst() == [
        "layers.1.scale", "layers.1.offset", "layers.1.runningMean", "layers.1.runningVariance",
      ])
    #expect(node.float("epsilon") == 1e-3 && node.opType == "BatchNormalization")
    #expect(try batch.constant("layers.1.runningMean").tensor.scalars.allSatisfy { $0 >= 0.5 })
    let layer = try #require(try model("layer_norm_dense").graph.node.last)
    #expect(layer.float("epsilon") == 1e-5 && layer.integer("axis") == -1)
    let group = try model("group_norm")
    #expect(try group.node("groupNormalization/normalized").float("epsilon") == 1e-3)
    #expect(try group.constant("groupNormalization/groups").integers == [0, 3, -1])
    #expect(try group.constant("groupNormalization/shape").integers == [2, 6, 4, 5])
    #expect(try group.constant("scale/nchw").tensor.shape == [1, 6, 1, 1])
  }

  @Test func tiedWeightsAreOneConstant() throws {
    struct Tied: Layer {
      let first: Conv2D
      let second: Conv2D

      func callAsFunction(_ input: Variable) -> Variable { second(first(input)) }
    }
    var random = RandomStream(seed: 1)
    let first = Conv2D(from: 2, to: 2, kernel: 3, random: &random)
    let constants = try ONNXModel(graph(Tied(first: first, second: first), [1, 4, 4, 2]), name: "tied").read()
      .graph.initializer.map(\.name)
    #expect(constants == ["first.filter/oihw", "first.bias"] || constants == ["first.bias", "first.filter/oihw"])
  }

  @Test(
    arguments: OperationCase.all.filter {
      $0.name.hasPrefix("transposed") && $0.name != "transposed_groups" && $0.name != "transposed_depthwise"
    })
  func aTransposedConvolutionByTheFormatsDefinitionIsTheLayers(operation: OperationCase) throws {
    let layer = operation.makeLayer()
    let model = try ONNXModel(graph(layer, operation.input), name: operation.name).read()
    let node = model.graph.node[0]
    let bias = node.input.count > 2 ? try model.constant(node.input[2]).tensor.scalars : nil
    let found = try TransposedConvolution(node, filter: try model.constant(node.input[1]).tensor, bias: bias)(
      operation.picture.transposed([0, 3, 1, 2]))
    let expected = layer(Variable(operation.picture)).value.transposed([0, 3, 1, 2])
    #expect(found.shape == expected.shape)
    let hasReLU = model.graph.node.map(\.opType).contains("Relu")
    for (one, other) in zip(found.scalars, expected.scalars) {
      #expect(abs((hasReLU ? max(0, one) : one) - other) < 1e-5)
    }
  }

  @Test func anUnknownOperationIsNamedWithItsLayer() throws {
    let own = Function { x in Variable.operation("swirl", on: [relu(x)], value: x.value) { [$0] } }
    #expect(throws: ONNXError.unsupported(operation: "swirl", layer: "swirl")) {
      _ = try ONNXModel(graph(own, [1, 2, 2, 1]), name: "own")
    }
    struct Swirl: CustomOperation { let name = "swirl" }
    let named = Function { x in Variable.operation(Swirl(), on: [relu(x)], value: x.value) { [$0] } }
    let error = #expect(throws: ONNXError.self) { _ = try ONNXModel(graph(named, [1, 2, 2, 1]), name: "own") }
    #expect(
      error?.description == "the network cannot be written as ONNX: there is no translation of the operation swirl "
        + "of layer swirl")
    var random = RandomStream(seed: 1)
    let cropped = TransposedConv2D(
      from: 1, to: 1, kernel: 2, stride: 2, cropping: .explicit(top: 0, bottom: -2, left: 0, right: 0), random: &random)
    #expect(throws: ONNXError.self) { _ = try ONNXModel(graph(cropped, [1, 2, 2, 1]), name: "own") }
  }
}

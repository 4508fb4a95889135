import Foundation
import TesseraAutograd
import TesseraFiles
import TesseraImaging
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraONNX
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct NetworkTests {
  private let labels = LabelSpace(
    classes: [
      .init(name: "other", color: .black), .init(name: "sky", color: Color(1, 2, 3)),
      .init(name: "\"road\"", color: Color(4, 5, 6)),
    ], void: 0)

  private func checkpoint(_ model: any SegmentationModel) -> SegmentationCheckpoint {
    SegmentationCheckpoint(
      model: model, labelSpace: labels, imageSize: 64, notes: ["epoch": "7", "meanIoU": "0.5"])
  }

  private func unet(_ normalization: ImageNormalization) -> SegmentationCheckpoint {
    checkpoint(UNet(.init(classes: 3, width: 2, normalization: normalization), random: RandomStream(seed: 5)))
  }

  private var unet: SegmentationCheckpoint { unet(.unit) }

  @Test func aUNetIsItsOperationsInTheirOrder() throws {
    let model = try ONNXModel(unet).read()
    model.expectOrder()
    let block = ["Conv", "Relu", "Conv", "Relu"]
    #expect(
      model.graph.node.map(\.opType)
        == ["Mul"] + [[String]](repeating: block + ["MaxPool"], count: 4).flatMap { $0 } + block
        + [[String]](repeating: ["ConvTranspose", "Relu", "Concat"] + block, count: 4).flatMap { $0 } + ["Conv"])
    #expect(model.irVersion == 8 && model.opsetImport.map(\.version) == [17] && model.producerName == "Tessera")
    #expect(model.graph.name == "unet" && model.graph.output[0].name == "logits")
    #expect(model.graph.input[0].lengths == ["batch", "3", "height", "width"])
    #expect(model.graph.output[0].lengths == ["batch", "3", "height", "width"])
    #expect(model.graph.input[0].docString == "red, green, blue in 0...255; height and width are multiples of 16")
    // Enlarged features before the skip.
    #expect(try model.node("concatenate").input == ["decoder.0.up", "encoder.3.second"])
    #expect(try model.node("concatenate").integer("axis") == 1)
    let up = try model.node("decoder.0.up/transposedConv2D")
    #expect(up.input == ["bottleneck.second", "decoder.0.up.filter/oihw/zeros.1.1.0.0", "decoder.0.up.bias"])
    // Equal on both sides: several readers refuse others.
    #expect(up.integers("strides") == [2, 2] && up.integers("pads") == [1, 1, 1, 1])
    #expect(up.integers("kernel_shape") == [4, 4] && up.integers("output_padding") == [0, 0])
  }

  @Test func filtersLieAsTheFormatWants() throws {
    let checkpoint = unet
    let model = try ONNXModel(checkpoint).read()
    let parameters = Dictionary(
      uniqueKeysWithValues: checkpoint.model.namedParameters.map { ($0.name, $0.parameter.value) })
    var found = 0
    for (name, value) in parameters where value.shape.rank == 4 && !name.hasSuffix("up.filter") {
      let filter = try model.constant("\(name)/oihw")
      #expect(filter.dataType == Int32(Onnx_TensorProto.DataType.float.rawValue))
      // Output, input, row, column; of a transposed convolution input, output.
      #expect(filter.dims.map { Int($0) } == [3, 2, 0, 1].map { value.shape[$0] })
      let tensor = filter.tensor
      for (k, i) in [(0, 0), (1, 0), (1, 1)] where k < value.shape[3] && i < value.shape[2] {
        let (row, column) = (value.shape[0] - 1, 0)
        #expect(tensor[k, i, row, column] == value[row, column, i, k], "\(name)")
      }
      found += 1
    }
    #expect(found == 19)
    // Enlarging filters have zeros before the first row and column.
    for (name, value) in parameters where name.hasSuffix("up.filter") {
      let filter = try model.constant("\(name)/oihw/zeros.1.1.0.0").tensor
      #expect(filter.shape == [value.shape[3], value.shape[2], 4, 4])
      for (row, column) in (0..<16).map({ ($0 / 4, $0 % 4) }) {
        let expected = row == 0 || column == 0 ? 0 : value[row - 1, column - 1, 1, 2]
        #expect(filter[2, 1, row, column] == expected, "\(name)")
      }
    }
    for (name, value) in parameters where value.shape.rank == 1 {
      #expect(try model.constant(name).tensor == value)
    }
  }

  @Test(arguments: [FCNN.Head.original, .convolutionalized(width: 4)])
  func anFCNNIsItsOperationsInTheirOrder(head: FCNN.Head) throws {
    let network = FCNN(.init(classes: 3, width: 2, head: head), random: RandomStream(seed: 5))
    let model = try ONNXModel(checkpoint(network)).read()
    model.expectOrder()
    let types = model.graph.node.map(\.opType)
    #expect(types.prefix(2) == ["Sub", "Conv"] && types.last == "ConvTranspose" && !types.contains("Gather"))
    #expect(types.count { $0 == "MaxPool" } == 5 && types.count { $0 == "Add" } == 2)
    #expect(types.count { $0 == "Conv" } == (head == .original ? 15 : 17))
    #expect(try model.node("up3").name == "up3" || model.graph.output[0].name == "logits")
    // The weights want blue first; the first filter takes red first.
    #expect(try model.constant("normalization/mean").tensor == Tensor([123.68, 116.779, 103.939], shape: [3, 1, 1]))
    let first = network.backbone.blocks[0].convolutions[0].filter.value
    let filter = try model.constant("backbone.blocks.0.convolutions.0.filter/oihw/reordered").tensor
    for (row, column, channel) in [(0, 0, 0), (1, 2, 0), (2, 1, 1), (2, 2, 2)] {
      #expect(filter[1, channel, row, column] == first[row, column, 2 - channel, 1])
    }
    #expect(model.graph.input[0].docString.contains("multiples of 32"))
  }

  @Test func channelsAreReorderedByAFilterWhereTheNetworkTakesThemOtherwiseToo() throws {
    let model = try ONNXModel(checkpoint(Residual())).read()
    model.expectOrder()
    #expect(model.graph.node.map(\.opType) == ["Conv", "Sub", "Conv", "Add"])
    let order = try model.constant("normalization/order").tensor
    #expect(order == Tensor([0, 0, 1, 0, 1, 0, 1, 0, 0], shape: [3, 3, 1, 1]))
    #expect(try model.constant("normalization/mean").tensor == Tensor([103.939, 116.779, 123.68], shape: [3, 1, 1]))
    // Who normalizes the pixels orders them.
    let normalized = try ONNXModel(checkpoint(Residual()), options: .init(pixels: .normalized)).read()
    #expect(normalized.graph.node.map(\.opType) == ["Conv", "Add"])
  }

  @Test func pixelsDecideWhatStandsBeforeTheNetwork() throws {
    let torch = ImageNormalization.torchvision
    func first(_ pixels: ONNXOptions.Pixels, _ checkpoint: SegmentationCheckpoint) throws -> Onnx_ModelProto {
      try ONNXModel(checkpoint, options: .init(pixels: pixels)).read()
    }
    func types(_ model: Onnx_ModelProto) -> [String] { Array(model.graph.node.map(\.opType).prefix { $0 != "Conv" }) }
    let (bytes, unit) = (try first(.bytes, unet(torch)), try first(.unit, unet(torch)))
    #expect(types(bytes) == ["Sub", "Mul"] && types(unit) == ["Sub", "Mul"])
    #expect(try bytes.constant("normalization/mean").tensor.scalars == torch.mean)
    #expect(try bytes.constant("normalization/factor").tensor.scalars == torch.deviation.map { 1 / $0 })
    #expect(try unit.constant("normalization/mean").tensor.scalars == torch.mean.map { $0 / 255 })
    #expect(try unit.constant("normalization/factor").tensor.scalars == torch.deviation.map { 255 / $0 })
    #expect(types(try first(.normalized, unet(torch))).isEmpty)
    // Weights that want 0...1 need nothing of pixels in 0...1.
    #expect(types(try first(.unit, unet)).isEmpty)
  }

  @Test func resultsAndLayoutsStandAroundTheNetwork() throws {
    let classes = try ONNXModel(unet, options: .init(result: .classes)).read()
    #expect(classes.graph.node.suffix(3).map(\.opType) == ["Conv", "Add", "ArgMax"])
    #expect(classes.graph.output[0].lengths == ["batch", "height", "width"])
    #expect(classes.graph.output[0].type.tensorType.elemType == Int32(Onnx_TensorProto.DataType.int64.rawValue))
    // Void is index 0 here.
    #expect(try classes.constant("classes/void").tensor.scalars == [-.greatestFiniteMagnitude, 0, 0])
    #expect(classes.graph.node.last?.integer("axis") == 1 && classes.graph.node.last?.integer("keepdims") == 0)
    let probabilities = try ONNXModel(unet, options: .init(result: .probabilities, layout: .nhwc)).read()
    #expect(probabilities.graph.node.first?.integers("perm") == [0, 3, 1, 2])
    #expect(probabilities.graph.node.suffix(2).map(\.opType) == ["Softmax", "Transpose"])
    #expect(probabilities.graph.input[0].lengths == ["batch", "height", "width", "3"])
    #expect(probabilities.graph.output[0].name == "probabilities")
    #expect(probabilities.graph.output[0].lengths == ["batch", "height", "width", "3"])
    let fixed = try ONNXModel(unet, options: .init(batch: 2, size: Extent(height: 32, width: 48))).read()
    #expect(
      fixed.graph.input[0].lengths == ["2", "3", "32", "48"] && fixed.graph.output[0].lengths == ["2", "3", "32", "48"])
    for model in [classes, probabilities, fixed] { model.expectOrder() }
  }

  @Test func masksHaveTheIndicesOfClassesWhereVoidHasNoOutput() throws {
    let network = UNet(.init(classes: 2, width: 2), random: RandomStream(seed: 5))
    let checkpoint = SegmentationCheckpoint(model: network, labelSpace: labels.withoutVoidOutput, imageSize: 64)
    let classes = try ONNXModel(checkpoint, options: .init(result: .classes)).read()
    classes.expectOrder()
    #expect(classes.graph.node.suffix(3).map(\.opType) == ["Conv", "ArgMax", "Gather"])
    let gather = try #require(classes.graph.node.last)
    #expect(gather.input.first == "classes/indices" && gather.integer("axis") == 0)
    #expect(try classes.constant("classes/indices").integers == [1, 2])
    #expect(classes.graph.output[0].lengths == ["batch", "height", "width"])
    let logits = try ONNXModel(checkpoint).read()
    #expect(logits.graph.output[0].lengths == ["batch", "2", "height", "width"])
    #expect(logits.notes["outputs"] == "[1,2]" && logits.notes["void"] == "0")
    #expect(try ONNXModel(unet).read().notes["outputs"] == "[0,1,2]")
  }

  @Test func theFileSaysHowToUseIt() throws {
    let notes = try ONNXModel(unet).read().notes
    #expect(notes["network"] == "unet" && notes["void"] == "0" && notes["pixels"] == "bytes")
    #expect(notes["layout"] == "nchw" && notes["result"] == "logits" && notes["size_multiple"] == "16")
    #expect(notes["training_size"] == "64" && notes["training.epoch"] == "7" && notes["training.meanIoU"] == "0.5")
    let decoder = JSONDecoder()
    func decoded<Value: Decodable>(_ key: String, _ type: Value.Type) throws -> Value {
      try decoder.decode(type, from: Data((notes[key] ?? "").utf8))
    }
    #expect(try decoded("classes", [String].self) == ["other", "sky", "\"road\""])
    #expect(try decoded("palette", [[Int]].self) == [[0, 0, 0], [1, 2, 3], [4, 5, 6]])
    #expect(try decoded("normalization", ImageNormalization.self) == .unit)
  }

  @Test func sizesThatTheNetworkCannotTakeAreRefused() throws {
    let error = #expect(throws: ONNXError.self) {
      _ = try ONNXModel(unet, options: .init(size: Extent(height: 32, width: 40)))
    }
    #expect(
      error?.description == "the network takes pictures whose sides are positive multiples of 16; got 40 x 32")
    #expect(throws: ONNXError.size(0, multiple: 16)) { _ = try ONNXModel(unet, options: .init(size: 0)) }
    #expect(throws: ONNXError.batch(0)) { _ = try ONNXModel(unet, options: .init(batch: 0)) }
  }

  @Test func aFileThatCannotBeWrittenIsAnError() throws {
    let model = try ONNXModel(unet)
    #expect(throws: FileError.self) { try model.write(to: "/nowhere/at/all/model.onnx") }
  }
}

/// A network whose input goes to more than filters.
private struct Residual: SegmentationModel {
  struct Configuration: NetworkConfiguration {
    static let name = "residual"
    var classes = 3
    var normalization = ImageNormalization.caffe
    var sizeMultiple: Int { 1 }
    init(classes: Int = 3) { self.classes = classes }
    func makeNetwork(random: RandomStream) -> Residual { Residual() }
  }

  let configuration = Configuration()
  let layer: Conv2D

  init() {
    var random = RandomStream(seed: 1)
    layer = Conv2D(from: 3, to: 3, kernel: 3, random: &random)
  }

  func callAsFunction(_ images: Variable) -> Variable { layer(images) + images }
}

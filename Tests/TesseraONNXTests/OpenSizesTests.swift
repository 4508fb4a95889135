import Foundation
import SwiftProtobuf
import TesseraAutograd
import TesseraCheckpoints
import TesseraImaging
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraONNX
import TesseraSegmentation
import TesseraTensors
import Testing

/// Networks of one's own, for pictures of any size.
@Suite struct OpenSizesTests {
  /// A network that consists of a function.
  private struct Own: SegmentationModel {
    struct Configuration: NetworkConfiguration {
      static let name = "own"
      var classes = 3
      var normalization = ImageNormalization.unit
      var sizeMultiple: Int { 2 }
      init(classes: Int = 3) { self.classes = classes }
      func makeNetwork(random: RandomStream) -> Own { Own { $0 } }
    }

    let configuration = Configuration()
    let body: @Sendable (Variable) -> Variable

    init(body: @escaping @Sendable (Variable) -> Variable) { self.body = body }

    func callAsFunction(_ images: Variable) -> Variable { body(images) }
  }

  private func export(
    _ options: ONNXOptions, _ body: @escaping @Sendable (Variable) -> Variable
  ) throws -> Onnx_ModelProto {
    let labels = LabelSpace(names: ["a", "b", "c"], void: nil)
    let model = try ONNXModel(
      SegmentationCheckpoint(model: Own(body: body), labelSpace: labels, imageSize: 8), options: options
    ).read()
    model.expectOrder()
    return model
  }

  /// For scripts/verify/onnx_export.py, at a size and a batch that were not recorded.
  private func writeForVerification(_ name: String, _ body: @escaping @Sendable (Variable) -> Variable) throws {
    guard let folder = ProcessInfo.processInfo.environment["TESSERA_ONNX_CASES"] else { return }
    let picture = Tensor.uniform([3, 8, 10, 3], from: -1, to: 1, key: 3)
    try export(open, body).serializedData().write(to: URL(filePath: "\(folder)/\(name).onnx"))
    try SafeTensors.write(
      [
        ("input", picture.transposed([0, 3, 1, 2])),
        ("output", body(Variable(picture)).value.transposed([0, 3, 1, 2])),
      ], to: "\(folder)/\(name).safetensors")
  }

  private let open = ONNXOptions(pixels: .normalized)
  private let fixed = ONNXOptions(pixels: .normalized, batch: 2, size: Extent(height: 4, width: 6))

  @Test func resizingIsByAFactor() throws {
    let body: @Sendable (Variable) -> Variable = { upsample(maxPool($0, window: 2), by: 2, .bilinear) }
    let model = try export(open, body)
    #expect(model.graph.node.map(\.opType) == ["MaxPool", "Resize"])
    #expect(try model.constant("resize/scales").tensor.scalars == [1, 1, 2, 2])
    #expect(try export(fixed, body).constant("resize/size").integers == [2, 3, 4, 6])
    let aligned = try export(open) { upsample($0, by: 2, .bilinearAlignedCorners) }
    #expect(try aligned.node("resize").text("coordinate_transformation_mode") == "align_corners")
    #expect(try aligned.constant("resize/scales").tensor.scalars == [1, 1, 2, 2])
  }

  /// Multiplied by 8 / 3 in single precision, 3 may give 7.
  @Test func resizingByAFractionIsToASize() throws {
    let body: @Sendable (Variable) -> Variable = { resize(adaptiveAveragePool($0, to: 3), to: 8, .bilinear) }
    let options = ONNXOptions(pixels: .normalized, size: 8)
    let model = try export(options, body)
    #expect(try model.constant("resize/end").integers == [8, 8])
    #expect(try model.node("resize").input.last == "resize/size")
  }

  /// Means of the whole picture at the size of another value, as in atrous spatial pyramid pooling.
  @Test func resizingIsToTheSizeOfAnotherValue() throws {
    let body: @Sendable (Variable) -> Variable = { x in
      let features = maxPool(x, window: 2)
      let size = Extent(height: features.shape[1], width: features.shape[2])
      return features + resize(adaptiveAveragePool(features, to: 1), to: size, .bilinearAlignedCorners)
    }
    try writeForVerification("open_pyramid", body)
    let model = try export(open, body)
    #expect(
      model.graph.node.map(\.opType) == ["MaxPool", "GlobalAveragePool", "Shape", "Shape", "Concat", "Resize", "Add"])
    let (start, extent) = (try model.node("resize/start"), try model.node("resize/extent"))
    #expect(start.input == ["adaptiveAveragePool"] && extent.input == ["maxPool"])
    #expect(start.integer("start") == 0 && start.integer("end") == 2)
    #expect(extent.integer("start") == 2 && extent.integer("end") == 4)
    #expect(try model.node("resize").input == ["adaptiveAveragePool", "", "", "resize/size"])
  }

  @Test func attentionIsOverThePositionsOfAnyPicture() throws {
    try writeForVerification("open_attention", attend)
    let model = try export(open, attend)
    #expect(try model.constant("scaledDotProductAttention/query/shape").integers == [0, 0, 1, 3])
    #expect(try model.node("reshape_3/extent").input == ["image"])
    #expect(try model.constant("reshape_3/batch").integers == [0])
    #expect(try model.constant("reshape_3/channels").integers == [3])
    #expect(try export(fixed, attend).constant("reshape_3/shape").integers == [2, 4, 6, 3])
  }

  @Test func stridesOfSamePaddingAreTheFormatsOwn() throws {
    let body: @Sendable (Variable) -> Variable = { x in
      upsample(maxPool(x, window: 3, stride: 2, padding: .same), by: 2)
    }
    #expect(try export(open, body).node("maxPool").text("auto_pad") == "SAME_UPPER")
    #expect(try export(open, body).node("maxPool").integers("pads") == nil)
    #expect(try export(fixed, body).node("maxPool").integers("pads") == [0, 0, 1, 1])
  }

  @Test func theWholePictureIsAnyPicture() throws {
    let model = try export(open) { x in
      x * globalMaxPool(x).reshaped(to: [x.shape[0], 1, 1, 3]) - x.mean(along: [1, 2], keepingAxes: true)
    }
    #expect(model.graph.node.map(\.opType).contains("GlobalMaxPool"))
    #expect(model.graph.node.map(\.opType).contains("ReduceMean"))
    let shapes = model.graph.node.filter { $0.opType == "Reshape" }
    #expect(try shapes.map { try model.constant($0.input[1]).integers } == [[0, 3], [0, 1, 1, 3]])
  }

  @Test func groupsOfChannelsAreThoseOfAnyPicture() throws {
    let body: @Sendable (Variable) -> Variable = { x in
      let vector = Variable(Tensor([1, 2, 3]))
      return groupNormalization(x, scale: vector, offset: vector, groups: 3, epsilon: 1e-3)
    }
    try writeForVerification("open_group_norm", body)
    let shape = try export(open, body).node("groupNormalization/shape")
    #expect(shape.opType == "Shape" && shape.input == ["image"])
    #expect(try export(fixed, body).constant("groupNormalization/shape").integers == [2, 3, 4, 6])
  }

  /// What can be written for one size only.
  @Test(arguments: ["constant", "bound", "own", "resize", "bins", "window", "reshape", "slice"])
  func whatDependsOnTheSizeIsNamed(kind: String) throws {
    let body: @Sendable (Variable) -> Variable = { x in
      let (height, width) = (x.shape[1], x.shape[2])
      switch kind {
      case "constant": return x * Float(height)
      case "bound": return x * Float(max(height, 256))
      case "own": return hardSwish(x, scaledBy: Float(height))
      case "resize": return resize(x, to: Extent(height: height * height, width: width), .nearest)
      case "bins": return adaptiveAveragePool(x, to: 2)
      case "window": return x + averagePool(x, window: Extent(height: height, width: 1), stride: 1, padding: .same)
      case "reshape": return x.reshaped(to: [1, x.shape[0], height * width, 3]).reshaped(to: x.shape)
      default:
        return concatenate([x.sliced(0..<height / 2, along: 1), x.sliced(height / 2..<height, along: 1)], along: 1)
      }
    }
    let operations = [
      "constant": "multiply", "bound": "multiply", "own": "hardSwish", "window": "averagePool", "bins": "adaptiveAveragePool",
    ]
    let operation = operations[kind] ?? kind
    let error = #expect(throws: ONNXError.self) { _ = try export(open, body) }
    guard case .dependsOnSize(let found, _) = error else {
      Issue.record("\(kind): \(error.map { "\($0)" } ?? "no error")")
      return
    }
    #expect(found == operation)
    _ = try export(fixed, body)
  }
}

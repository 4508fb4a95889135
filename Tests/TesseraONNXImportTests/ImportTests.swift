import Foundation
import SwiftProtobuf
import TesseraImaging
import TesseraNetworks
import TesseraONNX
import TesseraTensors
import Testing

@testable import TesseraONNXImport

/// Files that are damaged, hostile, or no segmentation networks.
@Suite struct ImportTests {
  static func model() throws -> Onnx_ModelProto {
    try Onnx_ModelProto(serializedBytes: Data(contentsOf: URL(fileURLWithPath: ExportedNetwork(name: "unet-17").path)))
  }

  /// The error of a file that was changed.
  static func fault(output: String? = nil, _ change: (inout Onnx_ModelProto) -> Void) throws -> ONNXImportError {
    var model = try model()
    change(&model)
    return try fault(of: try model.serializedBytes(), output: output)
  }

  static func fault(of bytes: [UInt8], output: String? = nil) throws -> ONNXImportError {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("net.onnx").path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    try Data(count: 100).write(to: folder.appendingPathComponent("weights.bin"))
    return try #require(throws: ONNXImportError.self) {
      _ = try ONNXImport(contentsOf: path, output: output).network(normalization: .unit)
    }
  }

  @Test func scoresOfThePicturesMiddleAreRefused() throws {
    let fault = try Self.fault { model in
      var (node, filter) = (Onnx_NodeProto(), Onnx_TensorProto())
      (node.opType, node.input, node.output) = (
        "Conv", [model.graph.input[0].name, "filter"], [model.graph.output[0].name]
      )
      (filter.name, filter.dataType, filter.dims) = ("filter", 1, [4, 3, 3, 3])
      filter.floatData = (0..<108).map { Float($0) }
      (model.graph.node, model.graph.initializer) = ([node], [filter])
    }
    #expect(
      "\(fault)".contains(
        "its scores have 254 x 254 pixels for a picture of 256 x 256: convolutions without padding leave its border out"
      ))
  }

  @Test func bytesAreToldFromFloats() throws {
    for (type, takesBytes) in [(Int32(1), false), (2, true)] {
      var model = try Self.model()
      model.graph.input[0].type.tensorType.elemType = type
      let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).onnx").path
      defer { try? FileManager.default.removeItem(atPath: path) }
      try model.serializedData().write(to: URL(fileURLWithPath: path))
      #expect(try ONNXImport(contentsOf: path).takesBytes == takesBytes)
    }
  }

  @Test func listsAllUnknownOperations() throws {
    let fault = try Self.fault { model in
      model.graph.node[0].opType = "Einsum"
      model.graph.node[1].opType = "GridSample"
      model.graph.node[2].domain = "com.microsoft"
    }
    #expect(fault.items.count == 3)
    #expect(fault.items[0].hasPrefix("Einsum (node "))
    #expect(fault.items[2].hasPrefix("com.microsoft."))
  }

  @Test func listsAllNamesThatAreNotThere() throws {
    let fault = try Self.fault { model in
      model.graph.node.swapAt(0, 3)
      model.graph.initializer.removeLast()
    }
    #expect(fault.items.count >= 2)
    #expect(fault.items.allSatisfy { $0.contains("which no node before it gives") })
  }

  @Test func aFaultOfANodeIsNamedOnce() throws {
    let index = try #require(try Self.model().graph.node.firstIndex { !$0.attribute.isEmpty })
    let fault = try Self.fault { model in
      model.graph.node[index].attribute.append(model.graph.node[index].attribute[0])
    }
    #expect(fault.items.count == 1 && fault.items[0].contains("twice"), "\(fault)")
  }

  @Test func refusesArraysThatAreNotAsTheySay() throws {
    let longer = try Self.fault { $0.graph.initializer[0].dims = [1 << 40, 1 << 40] }
    #expect(longer.items[0].contains("no array has the shape"))
    let shorter = try Self.fault { $0.graph.initializer[0].rawData.removeLast() }
    #expect(shorter.items[0].contains("bytes, but its shape"))
    let text = try Self.fault { $0.graph.initializer[0].dataType = 8 }
    #expect(text.items[0].contains("type 8"))
  }

  @Test(arguments: [
    ("../weights.bin", "0", "lies outside the folder"), ("/etc/passwd", "0", "lies outside the folder"),
    ("weights.bin", "90", "which ends at 100"),
    ("weights.bin", "-5", "is no number of bytes"),
  ])
  func readsOtherFilesOnlyInItsFolder(location: String, offset: String, reason: String) throws {
    let fault = try Self.fault { model in
      model.graph.initializer[1].refer(to: location, offset: offset, bytes: 24)
    }
    #expect(fault.items.count == 1 && fault.items[0].contains(reason), "\(fault)")
  }

  @Test func namesEachMissingFileOnce() throws {
    for (locations, words) in [
      (["none.bin", "none.bin"], "the file none.bin, in which it keeps its weights, is missing beside it"),
      (["b.bin", "a.bin"], "the files a.bin, b.bin, in which it keeps its weights, are missing beside it"),
    ] {
      let fault = try Self.fault { model in
        for (index, location) in locations.enumerated() {
          model.graph.initializer[index].dims = [6]
          model.graph.initializer[index].refer(to: location, offset: "0", bytes: 24)
        }
      }
      #expect(
        fault.items.isEmpty && fault.description.contains("net.onnx: \(words): copy the ONNX file and"), "\(fault)")
    }
  }

  @Test func everyFaultNamesTheFile() throws {
    let faults = try [
      Self.fault { $0.graph.node[0].opType = "Einsum" },
      Self.fault { $0.graph.input[0].type.tensorType.shape.dim[1].dimValue = 4 },
      Self.fault { model in
        let index = model.graph.node.firstIndex { $0.opType == "Conv" } ?? 0
        model.graph.node[index].attribute.removeAll { $0.name == "kernel_shape" }
        model.graph.node[index].attribute.append(ONNXNodeAttribute.integers([9, 9]).message(named: "kernel_shape"))
      },
    ]
    for fault in faults {
      #expect(
        fault.reason.contains("/net.onnx: ") && fault.reason.components(separatedBy: "net.onnx").count == 2, "\(fault)")
    }
  }

  @Test func namesWeightsThatAreNoNumbers() throws {
    var model = try Self.model()
    let index = try #require(model.graph.initializer.firstIndex { $0.rawData.count > 64 })
    model.graph.initializer[index].rawData.replaceSubrange(0..<4, with: [0, 0, 0xC0, 0x7F])
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).onnx").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let bytes: [UInt8] = try model.serializedBytes()
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    #expect(try ONNXImport(contentsOf: path).brokenWeights == [model.graph.initializer[index].name])
    #expect(try ONNXImport(contentsOf: ExportedNetwork(name: "unet-17").path).brokenWeights == [])
  }

  @Test func refusesArraysThatOverlapInOtherFiles() throws {
    let fault = try Self.fault { model in
      for index in model.graph.initializer.indices.suffix(6) {
        model.graph.initializer[index].dims = [6]
        model.graph.initializer[index].refer(to: "weights.bin", offset: "0", bytes: 24)
      }
    }
    #expect(fault.items.contains { $0.contains("overlap") }, "\(fault)")
  }

  @Test(arguments: [("Pad", 65_536), ("Range", 3_000_000)])
  func refusesMapsAndArraysLargerThanMemory(type: String, size: Int) {
    // Each node enlarges what the one before gives.
    let names = (0...24).map { "value \($0)" }
    var constants = ["pads": ONNXConstant.integers(HostArray([0, 0, size, size, 0, 0, size, size]))]
    for (name, value) in [("zero", 0), ("one", 1), ("size", size)] {
      constants[name] = .integers(HostArray(shape: [], values: [Double(value)], isInteger: true))
    }
    let nodes = (0..<24).map { index in
      ONNXNode(
        name: "node \(index)", type: type,
        inputs: type == "Pad" ? [names[index], "pads"] : ["zero", "size", "one"], outputs: [names[index + 1]],
        attributes: [:])
    }
    let value = { (name: String) in ONNXGraph.Value(name: name, lengths: [nil, 3, nil, nil], isNumeric: true) }
    let graph = ONNXGraph(
      version: 17, nodes: nodes, constants: constants, inputs: [value(names[0])], outputs: [value(names[24])])
    let fault = #expect(throws: ONNXImportError.self) {
      try SizeSearch(GraphProgram(graph), .unit, isChannelsFirst: true).configuration(declared: [nil, nil])
    }
    #expect(fault?.description.contains("larger than") == true, "\(fault?.description ?? "")")
  }

  @Test func refusesCyclesAndNamesThatOccurTwice() throws {
    let cycle = try Self.fault { model in
      model.graph.node[0].input[0] = model.graph.node[1].output[0]
    }
    #expect(cycle.items.contains { $0.contains("which no node before it gives") })
    let twice = try Self.fault { $0.graph.node[1].output = $0.graph.node[0].output }
    #expect(twice.items.contains { $0.contains("which is there already") })
  }

  @Test func refusesWhatIsNoPictureInAndScoresOut() throws {
    let inputs = try Self.fault { model in
      model.graph.input.append(model.graph.input[0])
      model.graph.input[1].name = "second"
      model.graph.node[2].input[0] = "second"
    }
    #expect(inputs.description.contains("takes 2 inputs"))
    let rank = try Self.fault { $0.graph.input[0].type.tensorType.shape.dim.removeLast() }
    #expect(rank.description.contains("no picture of four axes"))
    #expect(try Self.fault(output: "mask") { _ in }.description.contains("has no output mask"))
    let versions = try Self.fault { $0.opsetImport[0].version = 99 }
    #expect(versions.description.contains("versions 9 to 21"))
  }

  @Test func everyDamageIsAnErrorOrANetwork() throws {
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: ExportedNetwork(name: "mobile-17").path)))
    var random = RandomStream(seed: 7)
    for _ in 0..<40 {
      var changed = bytes
      for _ in 0..<1 + random.next() % 4 {
        changed[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      do {
        let graph = try ONNXGraph(changed)
        let program = try GraphProgram(graph)
        _ = try SizeSearch(program, .unit, isChannelsFirst: true).configuration(declared: [nil, nil])
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
    for length in [0, 1, 100, bytes.count / 2, bytes.count - 1] {
      #expect(throws: ONNXImportError.self) { try GraphProgram(try ONNXGraph(Array(bytes.prefix(length)))) }
    }
  }

  @Test func countsMessagesBeforeItDecodesThem() {
    // Empty nodes: two bytes in a file, hundreds in memory.
    let count = MessageCount.most + 1
    var graph: [UInt8] = []
    for _ in 0..<count { graph += [0x0A, 0x00] }
    var length: [UInt8] = []
    var rest = graph.count
    while rest >= 128 {
      length.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    let model: [UInt8] = [0x3A] + length + [UInt8(rest)] + graph
    #expect(throws: ONNXImportError("it has more than \(MessageCount.most) nodes and values")) {
      try MessageCount.check(model)
    }
  }

  /// Exporters write equal weights once, and name them again.
  @Test func otherNamesOfWeightsAreTheWeights() throws {
    var model = try Self.model()
    let filter = try #require(model.graph.initializer.first { $0.dims.count == 4 }?.name)
    for (number, input) in ["first name", filter].enumerated() {
      var node = Onnx_NodeProto()
      (node.opType, node.input, node.output) = ("Identity", [input], [number == 0 ? "second name" : "first name"])
      model.graph.node.insert(node, at: 0)
    }
    let user = try #require(model.graph.node.firstIndex { $0.input.dropFirst().first == filter })
    model.graph.node[user].input[1] = "second name"
    let graph = try ONNXGraph(try model.serializedBytes())
    #expect(graph.nodes == (try ONNXGraph(contentsOf: ExportedNetwork(name: "unet-17").path)).nodes)
    // The layers of a checkpoint stay those of its nodes.
    let checkpoint = try ONNXGraph(withoutWeights: try model.serializedBytes())
    #expect(checkpoint.nodes.count == graph.nodes.count + 2)
  }

  @Test func leavesOutWhatOnlyChoosesAmongScores() throws {
    var model = try Self.model()
    let logits = model.graph.output[0].name
    for (type, input, output) in [("Softmax", logits, "p"), ("ArgMax", "p", "i"), ("Cast", "i", "mask")] {
      var node = Onnx_NodeProto()
      if type != "Cast" { node.attribute = [ONNXNodeAttribute.integer(1).message(named: "axis")] }
      (node.opType, node.input, node.output) = (type, [input], [output])
      model.graph.node.append(node)
    }
    model.graph.output[0].name = "mask"
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).onnx").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let bytes: [UInt8] = try model.serializedBytes()
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let imported = try ONNXImport(contentsOf: path)
    #expect(imported.leftOut == ["Cast", "ArgMax", "Softmax"])
    let network = try imported.network(normalization: .unit)
    #expect(network.layers.count == (try ExportedNetwork(name: "unet-17").network()).layers.count)
  }
}

extension Onnx_TensorProto {
  /// Says that the elements are in another file.
  fileprivate mutating func refer(to location: String, offset: String, bytes: Int) {
    dataLocation = .external
    clearRawData()
    externalData = [("location", location), ("offset", offset), ("length", "\(bytes)")].map { key, value in
      var entry = Onnx_StringStringEntryProto()
      (entry.key, entry.value) = (key, value)
      return entry
    }
  }
}

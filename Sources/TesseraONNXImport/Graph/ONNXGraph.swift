import Foundation
import SwiftProtobuf
import TesseraFiles
import TesseraNetworks
import TesseraONNX
import TesseraTensors

/// A graph of ONNX: nodes in an order in which each finds its inputs, and the arrays that belong to it.
struct ONNXGraph: Sendable, Equatable {
  /// An input or output: its name and the lengths of its axes, `nil` where they are open.
  struct Value: Sendable, Equatable {
    let name: String
    let lengths: [Int?]
    /// Whether it has floats or bytes, as pictures have.
    let isNumeric: Bool
    /// Whether it has bytes.
    var isBytes = false
  }

  /// The version of the operators.
  let version: Int
  var nodes: [ONNXNode]
  var constants: [String: ONNXConstant]
  /// What the graph takes, without constants.
  var inputs: [Value]
  var outputs: [Value]
  /// The notes of the file, such as the names of classes.
  var metadata: [String: String] = [:]

  /// The versions of operators that are understood.
  static let versions = 9...21
  /// protobuf's own limit.
  private static let longestFile = Int(Int32.max)

  init(
    version: Int, nodes: [ONNXNode], constants: [String: ONNXConstant], inputs: [Value], outputs: [Value]
  ) {
    (self.version, self.nodes, self.constants) = (version, nodes, constants)
    (self.inputs, self.outputs) = (inputs, outputs)
  }

  /// Reads a file with all arrays that it refers to.
  ///
  /// - Throws: `ONNXImportError` with everything that is wrong.
  init(contentsOf path: String) throws(ONNXImportError) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try RegularFile.bytes(of: path, atMost: Self.longestFile)
    } catch {
      throw ONNXImportError("\(error)")
    }
    let external = ExternalArrays(besides: path)
    do throws(ONNXImportError) {
      try self.init(bytes) { message, count throws(NodeFault) in try external.bytes(of: message, count: count) }
    } catch {
      throw error.found(in: path)
    }
  }

  /// Reads a file without others from its bytes.
  init(_ bytes: [UInt8]) throws(ONNXImportError) {
    try self.init(bytes) { _, _ throws(NodeFault) in throw NodeFault("its elements are in another file") }
  }

  /// Reads a graph whose weights are in a checkpoint.
  init(withoutWeights bytes: [UInt8]) throws(ONNXImportError) {
    try self.init(bytes, external: nil)
  }

  /// - Parameter external: the bytes of arrays in other files; `nil` if those are only shapes here.
  private init(
    _ bytes: [UInt8], external: ((Onnx_TensorProto, _ bytes: Int) throws(NodeFault) -> [UInt8])?
  ) throws(ONNXImportError) {
    try MessageCount.check(bytes)
    guard var message = try? Onnx_ModelProto(serializedBytes: bytes), message.hasGraph else {
      throw ONNXImportError("it is no ONNX file, or a damaged one")
    }
    let version = message.opsetImport.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }?.version ?? 1
    guard let version = Int(exactly: version), Self.versions.contains(version) else {
      throw ONNXImportError(
        "it uses version \(version) of ONNX's operators, and versions \(Self.versions.lowerBound) to "
          + "\(Self.versions.upperBound) are understood; export it for version 17")
    }
    message.graph.takeKnownBranches(version: version)
    var faults: [String] = []
    var missingFiles: Set<String> = []
    func collecting<Value>(_ what: String, _ body: () throws(NodeFault) -> Value) -> Value? {
      do throws(NodeFault) { return try body() } catch {
        // Each array in it would say the same.
        if let file = error.missingFile { missingFiles.insert(file) } else { faults.append("\(what): \(error.reason)") }
        return nil
      }
    }
    var constants: [String: ONNXConstant] = [:]
    for array in message.graph.initializer {
      let constant = collecting("the array \(array.name)") { () throws(NodeFault) in
        if external == nil && array.dataLocation == .external {
          guard let shape = Shape(fromFile: array.dims.map(Int.init)) else {
            throw NodeFault("no array has the shape \(array.dims)")
          }
          return ONNXConstant.shape(shape)
        }
        return try ONNXConstant(array) { message, count throws(NodeFault) in
          guard let external else { throw NodeFault("its elements are in another file") }
          return try external(message, count)
        }
      }
      // One fault for an array is enough: its name is known.
      if constants.updateValue(constant ?? .shape([0]), forKey: array.name) != nil {
        faults.append("two arrays are \(array.name)")
      }
    }
    guard missingFiles.isEmpty else { throw Self.lacking(missingFiles.sorted()) }
    // Of a node that cannot be read the results are known, so that its fault is one.
    var unread: [String] = []
    nodes = message.graph.node.enumerated().compactMap { number, node in
      let read = collecting("node \(node.name.isEmpty ? "\(node.opType) \(number)" : node.name)") {
        () throws(NodeFault) in try ONNXNode(node, number: number)
      }
      if read == nil { unread += node.output }
      return read
    }
    self.version = version
    inputs = message.graph.input.map(Value.init).filter { constants[$0.name] == nil }
    outputs = message.graph.output.map(Value.init)
    self.constants = constants
    metadata = Dictionary(message.metadataProps.map { ($0.key, $0.value) }) { first, _ in first }
    faults += orderFaults(besides: unread)
    guard faults.isEmpty else { throw ONNXImportError("it is damaged", items: faults) }
    takeInConstants()
    // The layers of a checkpoint are those of its nodes.
    if external != nil { takeInNames() }
  }

  private static func lacking(_ files: [String]) -> ONNXImportError {
    let (noun, verb) = files.count == 1 ? ("the file", "is") : ("the files", "are")
    return ONNXImportError(
      "\(noun) \(files.firstFew), in which it keeps its weights, \(verb) missing beside it: copy the ONNX file and "
        + "\(files.count == 1 ? "that one" : "those") into one folder")
  }

  /// Names that are used before they are there, which a cycle has too, or that two nodes give.
  ///
  /// - Parameter unread: the names that nodes give which are not in `nodes`.
  private func orderFaults(besides unread: [String]) -> [String] {
    var faults: [String] = []
    var known = Set(constants.keys).union(inputs.map(\.name)).union([""]).union(unread)
    for node in nodes {
      for name in node.inputs where !known.contains(name) {
        faults.append("node \(node.name) takes \(name), which no node before it gives")
      }
      for name in node.outputs where !name.isEmpty && !known.insert(name).inserted {
        faults.append("node \(node.name) gives \(name), which is there already")
      }
    }
    for output in outputs where !known.contains(output.name) {
      faults.append("no node gives the output \(output.name)")
    }
    if outputs.isEmpty { faults.append("it has no output") }
    return faults
  }

  /// Nodes that only hold a constant become that constant.
  mutating func takeInConstants() {
    nodes.removeAll { node in
      guard node.type == "Constant", node.outputs.count == 1, let constant = node.constant else { return false }
      constants[node.outputs[0]] = constant
      return true
    }
  }

  /// Nodes that only give a constant another name, as exporters do with equal weights, go; others take the constant.
  private mutating func takeInNames() {
    let kept = Set(outputs.map(\.name))
    var names: [String: String] = [:]
    for index in nodes.indices {
      nodes[index].inputs = nodes[index].inputs.map { names[$0] ?? $0 }
      let node = nodes[index]
      guard node.type == "Identity", node.outputs.count == 1, !kept.contains(node.outputs[0]),
        let input = node.inputs.first, constants[input] != nil
      else { continue }
      names[node.outputs[0]] = input
    }
    nodes.removeAll { names[$0.outputs.first ?? ""] != nil }
  }

  /// The node that gives each name.
  var producers: [String: ONNXNode] {
    var producers: [String: ONNXNode] = [:]
    for node in nodes { for name in node.outputs where !name.isEmpty { producers[name] = node } }
    return producers
  }

  /// Leaves only what `output` needs.
  mutating func prune(to output: Value) {
    var needed: Set<String> = [output.name]
    var kept: [ONNXNode] = []
    for node in nodes.reversed() where !needed.isDisjoint(with: node.outputs) {
      needed.formUnion(node.inputs)
      kept.append(node)
    }
    nodes = kept.reversed()
    outputs = [output]
    inputs.removeAll { !needed.contains($0.name) }
    constants = constants.filter { needed.contains($0.key) }
  }

  /// The graph's bytes without what is in `weights`, of which only shapes stay.
  func bytes(without weights: Set<String>) throws(ONNXImportError) -> [UInt8] {
    var model = Onnx_ModelProto()
    model.irVersion = 8
    var operators = Onnx_OperatorSetIdProto()
    operators.version = Int64(version)
    model.opsetImport = [operators]
    model.graph.name = "network"
    model.graph.node = nodes.map(\.message)
    model.graph.initializer = constants.sorted { $0.key < $1.key }.map { name, constant in
      weights.contains(name)
        ? ONNXConstant.shape(Shape(constant.lengths)).message(named: name) : constant.message(named: name)
    }
    model.graph.input = inputs.map(\.message)
    model.graph.output = outputs.map(\.message)
    do { return try model.serializedBytes() } catch { throw ONNXImportError("its graph cannot be written: \(error)") }
  }
}

extension ONNXGraph.Value {
  init(_ message: Onnx_ValueInfoProto) {
    let type = message.type.tensorType
    name = message.name
    isBytes = type.elemType == 2
    isNumeric = isBytes || ONNXConstant.isFloating(type.elemType) == true
    lengths = type.shape.dim.map { dimension in
      if case .dimValue(let length) = dimension.value, length > 0 { Int(length) } else { nil }
    }
  }

  var message: Onnx_ValueInfoProto {
    var message = Onnx_ValueInfoProto()
    message.name = name
    message.type.tensorType.elemType = ONNXConstant.floatType
    message.type.tensorType.shape.dim = lengths.map { length in
      var dimension = Onnx_TensorShapeProto.Dimension()
      if let length { dimension.dimValue = Int64(length) }
      return dimension
    }
    return message
  }
}

extension ONNXNode {
  /// What a node of the type `Constant` holds; `nil` for kinds that are no numbers.
  fileprivate var constant: ONNXConstant? {
    switch attributes.first?.value {
    case .constant(let constant): constant
    case .float(let value): .floats(Tensor(value))
    case .floats(let values): .floats(Tensor(values))
    case .integer(let value): .integers(HostArray(shape: [], values: [Double(value)], isInteger: true))
    case .integers(let values): .integers(HostArray(values))
    default: nil
    }
  }
}

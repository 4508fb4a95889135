import Foundation
import TesseraTensors

/// An ONNX graph under construction: nodes, and the constants that they take.
///
/// A node's result has the node's name.
struct GraphBuilder {
  private(set) var graph = Onnx_GraphProto()
  private var constants: Set<String> = []
  private var uses: [String: Int] = [:]

  /// Adds a node with one result, and returns the result's name.
  @discardableResult
  mutating func add(
    _ type: String, _ inputs: [String], name: String, _ attributes: KeyValuePairs<String, ONNXAttribute> = [:]
  ) -> String {
    var node = Onnx_NodeProto()
    node.opType = type
    node.name = name
    node.input = inputs
    node.output = [name]
    node.attribute = attributes.map { Self.attribute($0.key, $0.value) }
    graph.node.append(node)
    return name
  }

  /// A constant of floats, once for each name.
  mutating func constant(_ name: String, _ value: @autoclosure () -> Tensor) -> String {
    guard constants.insert(name).inserted else { return name }
    let value = value()
    append(name, .float, value.shape.dimensions, value.withUnsafeBufferPointer { Data(buffer: $0) })
    return name
  }

  /// A constant vector of integers.
  mutating func constant(_ name: String, _ integers: [Int]) -> String {
    guard constants.insert(name).inserted else { return name }
    append(name, .int64, [integers.count], integers.map(Int64.init).withUnsafeBufferPointer { Data(buffer: $0) })
    return name
  }

  /// `name`, with a number appended if it was requested before.
  mutating func unusedName(_ name: String) -> String {
    uses[name, default: 0] += 1
    return uses[name] == 1 ? name : "\(name)_\(uses[name] ?? 0)"
  }

  /// Renames a result wherever it is used.
  mutating func rename(_ name: String, to new: String) {
    for index in graph.node.indices {
      graph.node[index].input = graph.node[index].input.map { $0 == name ? new : $0 }
      graph.node[index].output = graph.node[index].output.map { $0 == name ? new : $0 }
    }
  }

  // The data is laid out as in memory, lowest byte first, which the format requires.
  private mutating func append(_ name: String, _ type: Onnx_TensorProto.DataType, _ lengths: [Int], _ data: Data) {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dataType = Int32(type.rawValue)
    tensor.dims = lengths.map(Int64.init)
    tensor.rawData = data
    graph.initializer.append(tensor)
  }

  private static func attribute(_ name: String, _ value: ONNXAttribute) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    attribute.name = name
    switch value {
    case .integer(let number):
      attribute.type = .int
      attribute.i = Int64(number)
    case .integers(let numbers):
      attribute.type = .ints
      attribute.ints = numbers.map(Int64.init)
    case .float(let number):
      attribute.type = .float
      attribute.f = number
    case .text(let text):
      attribute.type = .string
      attribute.s = Data(text.utf8)
    }
    return attribute
  }
}

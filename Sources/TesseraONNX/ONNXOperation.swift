import TesseraAutograd
import TesseraTensors

/// A custom operation that can be written as ONNX.
///
/// ```swift
/// extension HardSwish: ONNXOperation {
///   func result(of inputs: [ONNXValue], in graph: inout ONNXNodes) -> ONNXValue {
///     graph.add("HardSwish", inputs)
///   }
/// }
/// ```
/// It is recorded as a `CustomOperation`; the conformance may be in a different module, so a network's own module
/// need not know ONNX.
public protocol ONNXOperation: CustomOperation {
  /// Adds the nodes that compute this operation, of version 17 of ONNX's operators.
  ///
  /// - Parameters:
  ///   - inputs: in the operation's order. Values of rank 4 are channels-first, `[batch, channels, height, width]`; all
  ///     others are laid out as in Tessera.
  ///   - graph: takes the nodes.
  /// - Returns: the result, of the recorded shape; channels-first where its rank is 4.
  func result(of inputs: [ONNXValue], in graph: inout ONNXNodes) -> ONNXValue
}

/// An input or output of a node of an ONNX graph.
public struct ONNXValue: Sendable, Hashable {
  let name: String
}

/// An attribute of a node.
public enum ONNXAttribute: Sendable, Hashable {
  case integer(Int)
  case integers([Int])
  case float(Float)
  case text(String)
}

/// The nodes of one operation, added to an ONNX graph.
public struct ONNXNodes {
  var builder: GraphBuilder
  /// What their names begin with.
  let prefix: String
  /// What has been added so far.
  private(set) var results: Set<ONNXValue> = []

  init(addingTo builder: GraphBuilder, prefix: String) {
    self.builder = builder
    self.prefix = prefix
  }

  /// Adds a node with one result.
  ///
  /// - Parameters:
  ///   - type: ONNX's name for what it does, such as `Add`.
  ///   - inputs: what it takes.
  ///   - attributes: its settings under ONNX's names.
  public mutating func add(
    _ type: String, _ inputs: [ONNXValue], _ attributes: KeyValuePairs<String, ONNXAttribute> = [:]
  ) -> ONNXValue {
    let name = builder.unusedName("\(prefix)/\(type)")
    let result = ONNXValue(name: builder.add(type, inputs.map(\.name), name: name, attributes))
    results.insert(result)
    return result
  }

  /// A constant of floats, in its own layout.
  public mutating func constant(_ value: Tensor) -> ONNXValue {
    ONNXValue(name: builder.constant(builder.unusedName("\(prefix)/constant"), value))
  }

  /// A constant vector of integers, such as axes or a shape.
  public mutating func constant(_ integers: [Int]) -> ONNXValue {
    ONNXValue(name: builder.constant(builder.unusedName("\(prefix)/constant"), integers))
  }
}

extension GraphTranslation {
  /// Adds a custom operation, by its own translation.
  mutating func addCustom(_ index: Int) throws(ONNXError) {
    let node = graph.nodes[index]
    guard case .custom(let custom) = try sizes.agreed(index, { node, _ in node.kind }) else { return }
    guard let operation = custom.operation as? any ONNXOperation else {
      throw .unsupported(operation: node.kind.name, layer: node.name)
    }
    let inputs = node.inputs.map { ONNXValue(name: stored($0)) }
    var nodes = ONNXNodes(addingTo: builder, prefix: node.name)
    var result = operation.result(of: inputs, in: &nodes)
    // An input or a constant keeps its name.
    if !nodes.results.contains(result) { result = nodes.add("Identity", [result]) }
    builder = nodes.builder
    builder.rename(result.name, to: node.name)
  }
}

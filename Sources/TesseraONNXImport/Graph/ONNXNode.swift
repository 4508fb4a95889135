import Foundation
import TesseraONNX

/// One operation of a graph.
struct ONNXNode: Sendable, Equatable {
  /// The name in the file, or what it is and its number.
  let name: String
  /// ONNX's name for what it does, with its domain unless that is ONNX's own: `Conv`, `com.microsoft.Gelu`.
  let type: String
  /// The names of the values it takes; empty for those that are left out.
  var inputs: [String]
  /// The names of its results; empty for those that nobody wants.
  let outputs: [String]
  let attributes: [String: ONNXNodeAttribute]
}

/// A setting of a node.
enum ONNXNodeAttribute: Sendable, Equatable {
  case integer(Int)
  case integers([Int])
  case float(Float)
  case floats([Float])
  case text(String)
  case texts([String])
  case constant(ONNXConstant)
  /// A graph, as operations with control flow have.
  case graph
}

extension ONNXNode {
  /// - Throws: `NodeFault` about an attribute.
  init(_ message: Onnx_NodeProto, number: Int) throws(NodeFault) {
    let domain = message.domain == "ai.onnx" ? "" : message.domain
    type = domain.isEmpty ? message.opType : "\(domain).\(message.opType)"
    name = message.name.isEmpty ? "\(message.opType) \(number)" : message.name
    // What branches and bodies take from outside, it takes.
    let outer = message.attribute.flatMap { $0.hasG ? $0.g.outerNames : [] }
    (inputs, outputs) = (message.input + outer, message.output)
    var attributes: [String: ONNXNodeAttribute] = [:]
    for attribute in message.attribute {
      guard let value = try ONNXNodeAttribute(attribute) else { continue }
      guard attributes.updateValue(value, forKey: attribute.name) == nil else {
        throw NodeFault("it has the attribute \(attribute.name) twice")
      }
    }
    self.attributes = attributes
  }

  var message: Onnx_NodeProto {
    var message = Onnx_NodeProto()
    message.name = name
    message.opType = type
    message.input = inputs
    message.output = outputs
    message.attribute = attributes.sorted { $0.key < $1.key }.map { $0.value.message(named: $0.key) }
    return message
  }
}

extension ONNXNodeAttribute {
  /// `nil` for kinds that no operation here has.
  init?(_ message: Onnx_AttributeProto) throws(NodeFault) {
    switch message.type {
    case .float: self = .float(message.f)
    case .int: self = .integer(Int(message.i))
    case .string: self = .text(String(decoding: message.s, as: UTF8.self))
    case .floats: self = .floats(message.floats)
    case .ints: self = .integers(message.ints.map(Int.init))
    case .strings: self = .texts(message.strings.map { String(decoding: $0, as: UTF8.self) })
    case .graph, .graphs: self = .graph
    case .tensor:
      do throws(NodeFault) {
        self = .constant(
          try ONNXConstant(message.t) { _, _ throws(NodeFault) in throw NodeFault("its elements are in another file") })
      } catch {
        throw NodeFault("the array in its attribute \(message.name): \(error.reason)")
      }
    default: return nil
    }
  }

  func message(named name: String) -> Onnx_AttributeProto {
    var message = Onnx_AttributeProto()
    message.name = name
    switch self {
    case .float(let value): (message.type, message.f) = (.float, value)
    case .integer(let value): (message.type, message.i) = (.int, Int64(value))
    case .text(let text): (message.type, message.s) = (.string, Data(text.utf8))
    case .floats(let values): (message.type, message.floats) = (.floats, values)
    case .integers(let values): (message.type, message.ints) = (.ints, values.map(Int64.init))
    case .texts(let texts): (message.type, message.strings) = (.strings, texts.map { Data($0.utf8) })
    case .constant(let value): (message.type, message.t) = (.tensor, value.message(named: ""))
    case .graph: message.type = .graph
    }
    return message
  }
}

import TesseraAutograd
import TesseraTensors

/// How operations of ONNX are computed, by their names.
enum Translation {
  typealias Body = @Sendable (_ call: NodeCall) throws(NodeFault) -> [PassValue]

  /// All operations on feature maps; those on shapes and indices are in `HostOperation`.
  static let table: [String: Body] = [
    windows, normalizations, functions, arithmetic, layout, products, reductions, resizing,
  ].reduce(into: [:]) { table, part in table.merge(part) { first, _ in first } }

  /// The results of a node.
  static func results(of call: NodeCall) throws(NodeFault) -> [PassValue] {
    let type = call.node.type
    if let body = HostOperation.table[type] {
      let arrays = call.inputs.compactMap { if case .host(let array) = $0 { array } else { nil } }
      // Inputs may be left out at the end or, by an empty name, in between.
      let given = call.inputs.compactMap(\.self).count
      if given > 0 && arrays.count == given { return try body(call, arrays).map { .host($0) } }
    }
    guard let body = table[type] else {
      throw NodeFault("it depends on the values of the picture")
    }
    return try body(call)
  }

  /// An operation on one variable, wherever its axes lie.
  static func one(_ body: @escaping @Sendable (Variable) -> Variable) -> Body {
    { call throws(NodeFault) in
      let input = try call.variable(0)
      return [.variable(input.with(body(input.variable)))]
    }
  }
}

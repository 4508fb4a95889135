import Foundation

/// Any JSON value, with numbers as text so no digit of a large one is lost.
package enum JSONValue: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .number("\(value)")
    } else if let value = try? container.decode(UInt64.self) {
      self = .number("\(value)")
    } else if let value = try? container.decode(Double.self) {
      self = .number("\(value)")
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else if let value = try? container.decode([String: JSONValue].self) {
      self = .object(value)
    } else {
      // Nothing else is left in a text that is JSON, and one number must not cost the others.
      self = .number("too large")
    }
  }

  /// In one line; names of objects in ascending order.
  package var text: String {
    switch self {
    case .null: "none"
    case .bool(let value): value ? "yes" : "no"
    case .number(let value), .string(let value): value
    case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .object(let values):
      "{" + values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + "}"
    }
  }

  /// The values below objects, by their paths of names.
  var leaves: [String: JSONValue] {
    var result: [String: JSONValue] = [:]
    addLeaves(to: &result, below: "")
    return result
  }

  private func addLeaves(to result: inout [String: JSONValue], below path: String) {
    guard case .object(let values) = self else {
      // If dots make two names the same path, one of them is kept.
      if result[path] == nil { result[path] = self }
      return
    }
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      value.addLeaves(to: &result, below: path.isEmpty ? name : "\(path).\(name)")
    }
  }
}

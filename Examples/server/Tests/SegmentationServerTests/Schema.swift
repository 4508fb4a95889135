import Foundation

/// Checks values against the part of JSON Schema that the API's description uses.
struct Schema {
  private let schema: [String: Any]
  private let components: [String: Any]

  /// - Parameter components: what references lead to.
  init(_ schema: [String: Any], components: [String: Any]) {
    let reference = (schema["$ref"] as? String)?.split(separator: "/").last.map(String.init)
    self.schema = reference.flatMap { components[$0] as? [String: Any] } ?? schema
    self.components = components
  }

  /// What is wrong with a value, each with its place.
  func faults(of value: Any, at place: String = "$") -> [String] {
    var faults: [String] = []
    for (keyword, expectation) in schema {
      switch (keyword, expectation) {
      case ("type", let type as String):
        if !Self.has(value, type) { faults.append("\(place) is no \(type)") }
      case ("const", let text as String):
        if value as? String != text { faults.append("\(place) is not \(text)") }
      case ("pattern", let pattern as String):
        let text = value as? String ?? ""
        if text.range(of: pattern, options: .regularExpression) == nil { faults.append("\(place) is \(text)") }
      case ("minimum", let bound as NSNumber):
        if ((value as? NSNumber)?.doubleValue ?? -.infinity) < bound.doubleValue {
          faults.append("\(place) is below \(bound)")
        }
      case ("maximum", let bound as NSNumber):
        if ((value as? NSNumber)?.doubleValue ?? .infinity) > bound.doubleValue {
          faults.append("\(place) is above \(bound)")
        }
      case ("required", let names as [String]):
        let present = (value as? [String: Any])?.keys.map { $0 } ?? []
        faults += names.filter { !present.contains($0) }.map { "\(place) lacks \($0)" }
      case ("properties", let properties as [String: Any]):
        for (name, member) in value as? [String: Any] ?? [:] {
          guard let property = properties[name] as? [String: Any] else {
            faults.append("\(place) has \(name)")
            continue
          }
          faults += Schema(property, components: components).faults(of: member, at: "\(place).\(name)")
        }
      case ("items", let items as [String: Any]):
        let schema = Schema(items, components: components)
        for (index, item) in (value as? [Any] ?? []).enumerated() {
          faults += schema.faults(of: item, at: "\(place)[\(index)]")
        }
      case ("description", _), ("default", _), ("additionalProperties", _): break
      default: faults.append("\(place): the check does not know \(keyword)")
      }
    }
    return faults
  }

  private static func has(_ value: Any, _ type: String) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "integer": (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
    case "number": value is NSNumber
    default: false
    }
  }
}

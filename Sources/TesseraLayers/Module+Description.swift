import TesseraAutograd

extension Module {
  /// The tree of modules: property, type, hyperparameters, shapes of parameters and their counts.
  ///
  /// ```
  /// UNet(configuration: ...): 34,523,095 parameters
  ///   encoder.0: DoubleConvolution: 38,720 parameters
  ///     first: Conv2D(stride: 1 x 1, padding: same, ...), filter [3, 3, 3, 64], bias [64]: 1,792 parameters
  /// ```
  public var description: String { lines(of: self, name: nil, indentation: "").joined(separator: "\n") }
}

private func lines(of module: any Module, name: String?, indentation: String) -> [String] {
  var settings: [String] = []
  var weights: [String] = []
  var parts: [(String, any Module)] = []
  for child in Mirror(reflecting: module).children {
    guard let label = child.label, let value = unwrapped(child.value) else { continue }
    if let parameter = value as? Parameter {
      weights.append("\(label) \(parameter.shape)\(parameter.isTrainable ? "" : " (not trained)")")
    } else if let part = value as? any Module {
      parts.append((label, part))
    } else if let several = value as? [any Module] {
      parts += several.enumerated().map { ("\(label).\($0.offset)", $0.element) }
    } else {
      settings.append("\(label): \(value)")
    }
  }
  let title = (name.map { "\($0): " } ?? "") + "\(type(of: module))"
  let details =
    (settings.isEmpty ? "" : "(\(settings.joined(separator: ", ")))")
    + (weights.isEmpty ? "" : ", \(weights.joined(separator: ", "))")
  let count = module.parameterCount
  let own = "\(indentation)\(title)\(details)" + (count > 0 ? ": \(grouped(count)) parameters" : "")
  return [own] + parts.flatMap { lines(of: $0.1, name: $0.0, indentation: indentation + "  ") }
}

/// The contents of an optional; `nil` if there are none.
private func unwrapped(_ value: Any) -> Any? {
  let mirror = Mirror(reflecting: value)
  return mirror.displayStyle == .optional ? mirror.children.first?.value : value
}

/// A count with commas between thousands: 34,523,095.
public func grouped(_ count: Int) -> String {
  let digits = Array(String(abs(count)).reversed())
  let parts = stride(from: 0, to: digits.count, by: 3).map { start in
    String(digits[start..<min(digits.count, start + 3)].reversed())
  }
  return (count < 0 ? "-" : "") + parts.reversed().joined(separator: ",")
}

import TesseraAutograd
import TesseraTensors

/// A part of a model: a struct whose stored properties are its specification.
///
/// Parameters are found by reflection and named by their property path: `encoder.0.first.filter`. Copying a module shares
/// its parameters, because `Parameter` is a class.
public protocol Module: CustomStringConvertible {}

/// A module that maps one variable to one variable.
public protocol Layer: Module {
  func callAsFunction(_ input: Variable) -> Variable
}

extension Module {
  /// All parameters with their property paths, in the order of declaration, statistics included.
  public var namedParameters: [(name: String, parameter: Parameter)] {
    var found: [(String, Parameter)] = []
    collectParameters(of: self, path: "", into: &found)
    return found
  }

  /// All parameters in the order of declaration.
  public var parameters: [Parameter] { namedParameters.map(\.parameter) }

  /// How many numbers the parameters hold, running statistics included.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }
}

private func collectParameters(of value: Any, path: String, into found: inout [(String, Parameter)]) {
  if let parameter = value as? Parameter {
    found.append((path, parameter))
    return
  }
  let mirror = Mirror(reflecting: value)
  // Only modules and the collections and optionals that hold them can lead to parameters.
  guard value is any Module || mirror.displayStyle == .collection || mirror.displayStyle == .optional else { return }
  for (index, child) in mirror.children.enumerated() {
    let step = mirror.displayStyle == .collection ? "\(index)" : (child.label ?? "\(index)")
    let name = mirror.displayStyle == .optional ? path : path.isEmpty ? step : "\(path).\(step)"
    collectParameters(of: child.value, path: name, into: &found)
  }
}

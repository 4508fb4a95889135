import TesseraAutograd
import TesseraTensors

/// A part of a model: a struct whose stored properties are its specification.
///
/// Parameters are found by reflection and named by their property path: `encoder.0.first.filter`. They may be in
/// properties, arrays and optionals; in other places, such as tuples, they stop the program. Copying a module shares
/// its parameters, because `Parameter` is a class. One that appears in several places (tied weights) is a single
/// parameter, named by its first property path.
///
/// Tasks may share a module: passes without a tape only read its parameters, each of which is a consistent value at any
/// moment.
public protocol Module: CustomStringConvertible, Sendable {}

/// A module that maps one variable to one variable.
public protocol Layer: Module {
  func callAsFunction(_ input: consuming Variable) -> Variable
}

extension Module {
  /// All parameters with their property paths, in the order of declaration, statistics included; each once.
  public var namedParameters: [(name: String, parameter: Parameter)] {
    parameterPaths.compactMap { entry in entry.paths.first.map { ($0, entry.parameter) } }
  }

  /// All parameters with every property path that leads to them, in the order of declaration.
  package var parameterPaths: [(paths: [String], parameter: Parameter)] {
    var found: [(path: String, parameter: Parameter)] = []
    collectParameters(of: self, path: "", into: &found)
    var places: [ObjectIdentifier: Int] = [:]
    return found.reduce(into: []) { entries, next in
      if let place = places[ObjectIdentifier(next.parameter)] {
        entries[place].paths.append(next.path)
      } else {
        places[ObjectIdentifier(next.parameter)] = entries.count
        entries.append(([next.path], next.parameter))
      }
    }
  }

  /// All modules within this one, each once, with their property paths, in the order of declaration.
  public var namedModules: [(name: String, module: any Module)] {
    var found: [(name: String, module: any Module)] = []
    collectModules(of: self, path: "", into: &found)
    return found
  }

  /// All parameters in the order of declaration, each once.
  public var parameters: [Parameter] { namedParameters.map(\.parameter) }

  /// Makes the first values of all parameters that do not have them yet, so that no timing or measurement of a pass
  /// includes this.
  package func makeParameters() {
    for parameter in parameters { _ = parameter.value }
  }

  /// The total number of elements in the parameters, running statistics included.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.elementCount } }
}

extension Module {
  /// The number of elements in the parameters that optimizers change: without running statistics, as PyTorch counts.
  public var trainedParameterCount: Int {
    parameters.reduce(0) { $0 + ($1.kind == .statistic ? 0 : $1.shape.elementCount) }
  }
}

private func collectModules(of value: Any, path: String, into found: inout [(name: String, module: any Module)]) {
  for (name, child) in steps(from: value, at: path) {
    // An optional module is what it holds, which is the next step.
    if Mirror(reflecting: child).displayStyle != .optional, let module = child as? any Module {
      found.append((name, module))
    }
    collectModules(of: child, path: name, into: &found)
  }
}

/// What a module, array or optional directly holds, with property paths; nothing of other values.
private func steps(from value: Any, at path: String) -> [(path: String, value: Any)] {
  let mirror = Mirror(reflecting: value)
  guard value is any Module || mirror.displayStyle == .collection || mirror.displayStyle == .optional else { return [] }
  return mirror.children.enumerated().map { index, child in
    let step = mirror.displayStyle == .collection ? "\(index)" : (child.label ?? "\(index)")
    return (mirror.displayStyle == .optional ? path : path.isEmpty ? step : "\(path).\(step)", child.value)
  }
}

private func collectParameters(of value: Any, path: String, into found: inout [(path: String, parameter: Parameter)]) {
  if let parameter = value as? Parameter {
    found.append((path, parameter))
    return
  }
  let mirror = Mirror(reflecting: value)
  // Only modules and the collections and optionals that hold them can lead to parameters.
  guard value is any Module || mirror.displayStyle == .collection || mirror.displayStyle == .optional else {
    require(
      !holdsParameters(mirror),
      "Module: \(path) is of type \(type(of: value)), which is not searched for parameters, so they would be "
        + "neither trained nor saved; make it a Module, or use properties or an array")
    return
  }
  for (name, child) in steps(from: value, at: path) { collectParameters(of: child, path: name, into: &found) }
}

/// Whether a value, or the pairs of a dictionary, directly hold parameters or modules.
private func holdsParameters(_ mirror: Mirror) -> Bool {
  mirror.children.contains { child in
    if child.value is Parameter || child.value is any Module { return true }
    return mirror.displayStyle == .dictionary && holdsParameters(Mirror(reflecting: child.value))
  }
}

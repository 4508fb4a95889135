import TesseraAutograd
import TesseraLayers
import TesseraTensors

extension Module {
  /// Writes all parameters, statistics included, under their property paths to a safetensors file, whole or not at all;
  /// tied weights are written once, under their first path.
  ///
  /// ```swift
  /// try model.save(to: "unet.safetensors", metadata: ["epoch": "10"])
  /// try otherModel.load(from: "unet.safetensors")
  /// ```
  /// - Throws: `SafeTensorsError.unwritable`; whatever was there before is then unchanged.
  public func save(to path: String, metadata: [String: String] = [:]) throws {
    try SafeTensors.write(namedParameters.map { ($0.name, $0.parameter.value) }, metadata: metadata, to: path)
  }

  /// Loads all parameters from a safetensors file, by property path.
  ///
  /// - Throws: `TensorMismatchError` with all missing, unused and misshapen names, or `SafeTensorsError`; no parameter
  ///   is then changed.
  public func load(from path: String) throws {
    try load(from: SafeTensors(contentsOf: path))
  }

  /// Loads parameters from an open file, by property path. Tied weights may be stored under any of their paths or, with
  /// equal values, under several.
  ///
  /// - Parameters:
  ///   - file: holds a tensor for each parameter.
  ///   - prefixes: names that start with one of these do not belong to the model.
  ///   - new: parameters that keep their current values, whatever the file holds under their names.
  /// - Throws: the same errors as `load(from:)` with a path.
  public func load(
    from file: SafeTensors, ignoring prefixes: [String] = [SafeTensors.trainingPrefix], leavingNew new: Set<String> = []
  ) throws {
    try check(fit: file, ignoring: prefixes, leavingNew: new)
    // All are read before any is replaced: a file that cannot be read to its end changes nothing.
    let parameters = paths(to: file, leavingNew: new)
    let values = try parameters.map { paths, _ in
      let value = try file.tensor(paths[0])
      for path in paths.dropFirst() where try file.tensor(path) != value {
        throw SafeTensorsError.tiedTensorsDiffer(file: file.path, names: paths)
      }
      return value
    }
    for (entry, value) in zip(parameters, values) { entry.parameter.value = value }
  }

  /// Compares names and shapes with those of an open file; takes no memory for weights.
  ///
  /// - Throws: `TensorMismatchError`.
  package func check(
    fit file: SafeTensors, ignoring prefixes: [String] = [SafeTensors.trainingPrefix], leavingNew new: Set<String> = []
  ) throws {
    let left = Set(parameterPaths.map(\.paths).filter { !new.isDisjoint(with: $0) }.joined()).union(new)
    let expected = paths(to: file, leavingNew: new).flatMap { paths, parameter in paths.map { ($0, parameter.shape) } }
    let arrived = file.names.filter { name in !left.contains(name) && !prefixes.contains { name.hasPrefix($0) } }
    let mismatch = TensorMismatchError(
      from: file.path, to: "the model", expected: expected,
      arrived: arrived.compactMap { name in file.entries[name].map { (name, $0.shape) } })
    if let mismatch { throw mismatch }
  }

  /// The parameters except those in `new`, each with those of its paths that are in the file, or else with its first
  /// one.
  private func paths(to file: SafeTensors, leavingNew new: Set<String>) -> [(paths: [String], parameter: Parameter)] {
    parameterPaths.filter { new.isDisjoint(with: $0.paths) }.map { paths, parameter in
      let found = paths.filter { file.entries[$0] != nil }
      return (found.isEmpty ? Array(paths.prefix(1)) : found, parameter)
    }
  }
}

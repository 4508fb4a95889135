import ArgumentParser
import Tessera
import TesseraONNXImport

/// Networks of other programs: only files have them, so that their name stands for the network of a file.
enum ImportedNetworks {
  /// The name that all of them have on the command line.
  static let name = ONNXNetwork.Configuration.name
}

extension NetworkCatalog {
  /// The networks that can be named: imported ones are only in files.
  static var named: NetworkCatalog { NetworkCatalog(current.networks.filter { !$0.isOnlyInFiles }) }
}

extension NetworkConfiguration {
  /// Whether it describes imported networks, and a training must begin with one.
  static var isOnlyInFiles: Bool { name == ImportedNetworks.name }

  /// The imported network that a training begins with; `nil` for a network that has a name of its own.
  ///
  /// - Throws: `InitialWeightsError` if the file is of another kind, or what reading it throws.
  static func inFile(of options: TrainingOptions) throws -> Self? {
    guard isOnlyInFiles else { return nil }
    guard let path = options.initialWeights else {
      throw ValidationError(
        "\(name) stands for networks of other programs: name one by --initial-weights FILE, which 'tessera import' "
          + "has made")
    }
    if path.lowercased().hasSuffix(".onnx") {
      throw ValidationError("\(path) is no checkpoint yet: 'tessera import \(path) --to NAME.safetensors' makes one")
    }
    guard let found = try SegmentationCheckpoint.configuration(of: path) else {
      throw ValidationError("\(path) has weights only, and no description of their network")
    }
    guard let own = found as? Self else { throw InitialWeightsError.otherNetwork(path, found, Self(classes: 1)) }
    return own
  }

  /// Checks that an imported network can be trained for these classes.
  func requireTrainable(in options: TrainingOptions) throws {
    guard let imported = self as? ONNXNetwork.Configuration else { return }
    do throws(ONNXImportError) {
      try imported.requireTrainable()
    } catch {
      throw error.found(in: options.initialWeights ?? name)
    }
  }
}

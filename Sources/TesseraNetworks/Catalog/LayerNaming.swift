import TesseraLayers

/// What another program calls the layers of a module, by their property paths here.
///
/// ```swift
/// LayerNaming("torchvision", ["stem.convolution": "conv1", "stem.norm": "bn1"], leavingOut: ["fc"])
/// ```
public struct LayerNaming: Sendable, Hashable {
  /// The program, as messages call it: `torchvision`.
  public let program: String
  /// The other program's names, by property path. Layers that the module at hand does not have are left out of files.
  public let names: [String: String]
  /// The names of what no network here has a place for, such as ImageNet's scores; all that lies below is left out too.
  public let leftOut: [String]

  public init(_ program: String, _ names: [String: String], leavingOut leftOut: [String] = []) {
    self.program = program
    self.names = names
    self.leftOut = leftOut
  }

  /// The same layers as parts of a larger module, where they lie at `path` here and at `foreign` there.
  public func nested(at path: String, as foreign: String) -> LayerNaming {
    func below(_ prefix: String, _ name: String) -> String { prefix.isEmpty ? name : "\(prefix).\(name)" }
    let pairs = names.map { own, other in (below(path, own), below(foreign, other)) }
    return LayerNaming(
      program, Dictionary(pairs) { first, _ in first }, leavingOut: leftOut.map { below(foreign, $0) })
  }

  /// The layers of both.
  public func joined(with other: LayerNaming) -> LayerNaming {
    LayerNaming(program, names.merging(other.names) { first, _ in first }, leavingOut: leftOut + other.leftOut)
  }
}

extension WeightTable {
  /// The table of a network's layers, whose kinds follow from the network itself.
  ///
  /// - Parameters:
  ///   - name: program and network, as messages call them.
  ///   - convention: how the program names and lays out arrays.
  ///   - normalization: what the weights expect of pixels.
  ///   - part: what the layers fill entirely, by its property path; empty for the whole network.
  ///   - network: takes no memory, as weights are drawn on first use.
  ///   - naming: the program's names for the network's layers.
  public init(
    _ name: String, convention: Convention = .pyTorch, normalization: ImageNormalization, part: String = "",
    of network: some Module, naming: LayerNaming
  ) {
    var layers: [Layer] = []
    var found: Set<String> = []
    for (path, module) in network.namedModules {
      guard let foreign = naming.names[path] else { continue }
      switch module {
      case let layer as Conv2D: layers.append(.convolution(foreign, path, bias: layer.bias != nil))
      case let layer as TransposedConv2D: layers.append(.transposedConvolution(foreign, path, bias: layer.bias != nil))
      case let layer as Dense: layers.append(.dense(foreign, path, bias: layer.bias != nil))
      case let layer as BatchNorm:
        let epsilon = Double(layer.convention.epsilon)
        layers.append(
          .batchNormalization(
            foreign, path, after: nil, epsilon: Float(convention.epsilon) == Float(epsilon) ? nil : epsilon))
      case is LayerNorm, is GroupNorm: layers.append(.normalization(foreign, path))
      default: continue
      }
      found.insert(path)
    }
    let absent = naming.names.filter { !found.contains($0.key) }.map(\.value)
    self.init(
      name, convention: convention, normalization: normalization, part: part, layers: layers,
      leavingOut: naming.leftOut + absent)
  }
}

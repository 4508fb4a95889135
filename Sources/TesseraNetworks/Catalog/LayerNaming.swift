/// What another program calls the layers of a module, by their property paths here.
///
/// ```swift
/// LayerNaming("torchvision", ["stem.convolution": "conv1", "stem.norm": "bn1"], leavingOut: ["fc"])
/// ```
/// Layers here that share a name there are equal parts of its outputs, in the order in which the module has them: keys
/// and values that one dense layer computes.
public struct LayerNaming: Sendable, Hashable {
  /// The program, as messages call it: `torchvision`.
  public internal(set) var program: String
  /// The other program's names, by property path. Layers that the module at hand does not have are left out of files.
  public internal(set) var names: [String: String]
  /// The names of what no network here has a place for, such as ImageNet's scores; all that lies below is left out too.
  public internal(set) var leftOut: [String]
  /// How the program names and lays out arrays.
  public let convention: WeightTable.Convention
  /// What the weights expect of pixels; `nil` for what the architecture's pretrained weights usually do.
  public let normalization: ImageNormalization?
  /// Details of an encoder in which the program differs.
  public let variant: EncoderVariant
  /// Whether convolutions before a batch normalization have biases there, which become part of its running mean.
  public var biasesAreFolded = false
  /// The property paths in the order in which the program makes layers, where the module has another one: files without
  /// names count layers.
  public var sequence: [String] = []

  public init(
    _ program: String, _ names: [String: String], leavingOut leftOut: [String] = [],
    convention: WeightTable.Convention = .pyTorch, normalization: ImageNormalization? = nil,
    variant: EncoderVariant = EncoderVariant()
  ) {
    self.program = program
    self.names = names
    self.leftOut = leftOut
    self.convention = convention
    self.normalization = normalization
    self.variant = variant
  }

  /// The same layers as parts of a larger module, where they lie at `path` here and at `foreign` there.
  public func nested(at path: String, as foreign: String) -> LayerNaming {
    func below(_ prefix: String, _ name: String) -> String { prefix.isEmpty ? name : "\(prefix).\(name)" }
    let pairs = names.map { own, other in (below(path, own), below(foreign, other)) }
    var naming = LayerNaming(
      program, Dictionary(pairs) { first, _ in first }, leavingOut: leftOut.map { below(foreign, $0) },
      convention: convention, normalization: normalization, variant: variant)
    naming.biasesAreFolded = biasesAreFolded
    naming.sequence = sequence.map { below(path, $0) }
    return naming
  }

  /// The layers of both, otherwise as this one.
  public func joined(with other: LayerNaming) -> LayerNaming {
    LayerNaming(
      program, names.merging(other.names) { first, _ in first }, leavingOut: leftOut + other.leftOut,
      convention: convention, normalization: normalization, variant: variant)
  }
}

import TesseraAutograd

/// An optimizer that can do its work for a part of each parameter, while other processes do the rest: state and work
/// are then divided among them (Rajbhandari et al., "ZeRO", arXiv:1910.02054, stage 1).
public protocol DivisibleOptimizer: Optimizer {
  /// Keeps state only for these parts from now on, and updates only them.
  ///
  /// Gradients, state and what is loaded are then those of the parts, as vectors; a part may be empty, and its number
  /// of updates counts all the same. Parameters without an entry stay whole. A step may then be several calls of
  /// ``Optimizer/update(along:rate:)``, each for other parameters.
  func keep(_ parts: ParameterParts)
}

/// For some parameters, which of their elements belong to somebody: a range of the row-major order for each.
public struct ParameterParts: Sendable {
  private var ranges: [ObjectIdentifier: Range<Int>] = [:]

  /// No entries.
  public init() {}

  /// The elements of `parameter`; `nil` if it has no entry.
  public subscript(parameter: Parameter) -> Range<Int>? {
    get { ranges[ObjectIdentifier(parameter)] }
    set { ranges[ObjectIdentifier(parameter)] = newValue }
  }
}

import TesseraTensors

/// A tensor that a model owns: a weight that an optimizer changes, or a statistic that the model itself keeps.
///
/// A class, so that copies of a model (a struct of parameters) share weights, and so that a gradient can be looked up
/// by the parameter it belongs to. Its name is its property path in the model; it has none of its own.
public final class Parameter {
  /// The numbers; their shape never changes. Updates in place copy nothing where no tensor shares the memory.
  public var value: Tensor {
    get { stored }
    _modify {
      let shape = stored.shape
      yield &stored
      require(stored.shape == shape, "Parameter: the shape is \(shape) and stays so; got \(stored.shape)")
    }
  }
  private var stored: Tensor

  /// What the optimizer does with it.
  public let kind: Kind

  /// Whether a parameter is trained, and as what.
  public enum Kind: Sendable {
    /// A filter or matrix, changed along its gradient.
    case weight
    /// An offset, or the scale of a normalization, changed along its gradient; weight decay can leave it out.
    case bias
    /// Kept by the model itself (running mean and variance); saved, not trained.
    case statistic
  }

  /// Whether gradients are computed and followed; set it to `false` to freeze a weight.
  public var isTrainable: Bool

  /// A parameter with its first values; statistics are not trainable.
  public init(_ value: Tensor, kind: Kind = .weight) {
    stored = value
    self.kind = kind
    isTrainable = kind != .statistic
  }
}

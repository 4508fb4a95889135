import TesseraTensors

/// A tensor that a model owns: a weight that an optimizer changes, or a statistic that the model itself keeps.
///
/// A class, so that copies of a model (a struct of parameters) share weights, and so that a gradient can be looked up by the
/// parameter it belongs to. Its name is its property path in the model; it has none of its own.
public final class Parameter {
  public var value: Tensor {
    willSet {
      require(
        newValue.shape == value.shape, "Parameter: the shape is \(value.shape) and stays so; got \(newValue.shape)")
    }
  }

  /// What the optimizer does with it.
  public let kind: Kind

  public enum Kind: Sendable {
    /// Changed along its gradient, shrunk by weight decay.
    case weight
    /// Changed along its gradient.
    case bias
    /// Kept by the model itself (running mean and variance); saved, not trained.
    case statistic
  }

  /// Whether gradients are computed and followed; set it to `false` to freeze a weight.
  public var isTrainable: Bool

  public init(_ value: Tensor, kind: Kind = .weight) {
    self.value = value
    self.kind = kind
    isTrainable = kind != .statistic
  }
}

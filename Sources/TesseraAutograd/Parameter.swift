import Foundation
import TesseraTensors

/// A tensor that a model owns: a weight that an optimizer changes, or a statistic that the model itself keeps.
///
/// A class, so that copies of a model (a struct of parameters) share weights, and so that a gradient can be looked up
/// by the parameter it belongs to. Its name is its property path in the model; it has none of its own.
///
/// Tasks may share it: who reads gets the numbers of that moment as a value of its own, which no later update changes.
public final class Parameter: @unchecked Sendable {
  // All that changes is read and written under this lock: that makes it safe to share.
  private let lock = NSLock()

  /// The lengths of the axes, which never change.
  public let shape: Shape

  /// The numbers. Updates in place copy nothing where no tensor shares the memory; who reads meanwhile waits for their end.
  public var value: Tensor {
    get { lock.withLock { stored ?? made() } }
    // Of its own: what is replaced need not be made first.
    set {
      check(newValue)
      lock.withLock {
        stored = newValue
        makeFirst = nil
      }
    }
    _modify {
      lock.lock()
      defer { lock.unlock() }
      if stored == nil { _ = made() }
      yield &stored!
      check(stored!)
    }
  }
  private var stored: Tensor?
  /// Until they are made.
  private var makeFirst: (@Sendable () -> Tensor)?
  /// Whether the network is there to be described alone.
  private let isDescribed: Bool

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
  public var isTrainable: Bool {
    get { lock.withLock { trains } }
    set { lock.withLock { trains = newValue } }
  }
  private var trains: Bool

  /// A parameter with its first values; statistics are not trainable.
  public init(_ value: Tensor, kind: Kind = .weight) {
    shape = value.shape
    stored = value
    isDescribed = false
    self.kind = kind
    trains = kind != .statistic
  }

  /// A parameter whose first values are made when they are asked for: a network takes no memory for weights, and draws
  /// no random numbers, where a file's are about to replace them.
  ///
  /// - Parameters:
  ///   - shape: of the values.
  ///   - kind: whether it is trained, and as what.
  ///   - makeFirst: gives the first values.
  public init(shape: Shape, kind: Kind = .weight, first makeFirst: @escaping @Sendable () -> Tensor) {
    self.shape = shape
    self.makeFirst = makeFirst
    isDescribed = ComputeContext.current.isDescribing
    self.kind = kind
    trains = kind != .statistic
  }

  /// The first values, kept from now on; under the lock.
  private func made() -> Tensor {
    // Whoever asks first may only describe a pass: weights are numbers all the same.
    let context = ComputeContext.current
    let first = ComputeContext.$current.withValue(isDescribed ? context.describing : context.computing) {
      makeFirst?() ?? .zeros(shape)
    }
    check(first)
    stored = first
    makeFirst = nil
    return first
  }

  private func check(_ value: Tensor) {
    require(value.shape == shape, "Parameter: the shape is \(shape) and stays so; got \(value.shape)")
  }
}

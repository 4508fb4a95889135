import Foundation
import TesseraTensors

/// A tensor that a model owns: a weight that an optimizer changes, or a statistic that the model itself keeps.
///
/// A class, so that copies of a model (a struct of parameters) share weights and a gradient can be looked up by its
/// parameter. Its name is its property path in the model; it does not store one.
///
/// Tasks may share it: a reader gets the current numbers as a value that no later update changes.
public final class Parameter: @unchecked Sendable {
  // All mutable state is read and written under this lock, which makes it safe to share.
  private let lock = NSLock()

  /// The lengths of the axes, which never change.
  public let shape: Shape

  /// The numbers. Updates in place copy nothing if no tensor shares the memory; concurrent readers wait until they end.
  public var value: Tensor {
    get { lock.withLock { stored ?? made() } }
    // A separate setter: a value that is replaced need not be made first.
    set {
      check(newValue)
      lock.withLock {
        stored = newValue
        make = nil
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
  /// Makes the numbers when they are first needed: the first ones, or those that somebody else is still changing.
  private var make: (@Sendable () -> Tensor)?
  /// Whether the network exists only to be described.
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

  /// Whether the parameter is trained; set it to `false` to freeze a weight.
  public var isTrainable: Bool {
    get { lock.withLock { trains } }
    set { lock.withLock { trains = newValue } }
  }
  private var trains: Bool

  /// Creates a parameter with its first values; statistics are not trainable.
  public init(_ value: Tensor, kind: Kind = .weight) {
    shape = value.shape
    stored = value
    isDescribed = false
    self.kind = kind
    trains = kind != .statistic
  }

  /// Creates a parameter whose first values are made when they are first needed: a network takes no memory for weights
  /// and draws no random numbers if weights from a file are about to replace them.
  ///
  /// - Parameters:
  ///   - shape: of the values.
  ///   - kind: whether it is trained, and as what.
  ///   - makeFirst: returns the first values.
  public init(shape: Shape, kind: Kind = .weight, first makeFirst: @escaping @Sendable () -> Tensor) {
    self.shape = shape
    make = makeFirst
    isDescribed = ComputeContext.current.isDescribing
    self.kind = kind
    trains = kind != .statistic
  }

  /// Hands the numbers to somebody who goes on changing them, as another process that sends new ones does. Who asks for
  /// the value from now on waits.
  ///
  /// - Parameter arrive: returns once they are what they will be; called when somebody first asks.
  /// - Returns: the numbers, whose memory no reader of the value has or gets before.
  package func handOver(until arrive: @escaping @Sendable () -> Void) -> Tensor {
    lock.withLock {
      var numbers = stored ?? made()
      stored = nil
      // A copy, if somebody else has them.
      numbers.withUnsafeMutableBufferPointer { _ in }
      make = { [numbers] in
        arrive()
        return numbers
      }
      return numbers
    }
  }

  /// What was made, kept from now on; called under the lock.
  private func made() -> Tensor {
    // The first request may come from a pass that is only described: weights are numbers even then.
    let context = ComputeContext.current
    let numbers = ComputeContext.$current.withValue(isDescribed ? context.describing : context.computing) {
      make?() ?? .zeros(shape)
    }
    check(numbers)
    stored = numbers
    make = nil
    return numbers
  }

  private func check(_ value: Tensor) {
    require(value.shape == shape, "Parameter: the shape is \(shape) and stays so; got \(value.shape)")
  }
}

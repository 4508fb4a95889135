import TesseraKernels
import TesseraTensors

/// A tensor in a computation: recorded on a tape, or without one when no gradients are wanted.
///
/// `model(Variable(images))` is inference; `model(tape.input(images))` is training. Not `Sendable`: a tape and its
/// variables stay in one isolation domain.
public struct Variable {
  private enum Content {
    case computed(Tensor)
    case deferred(any DeferredValue)
  }
  private let content: Content

  /// The numbers. A convolution without a tape, a batch normalization on one, and a resize run when they, or values
  /// computed from them, are first needed: to time a pass, read its value.
  public var value: Tensor {
    switch content {
    case .computed(let value): value
    case .deferred(let deferred): deferred.value
    }
  }

  /// Where operations on this variable are recorded; `nil` in inference.
  public let tape: Tape?

  /// The index of the record that made it; `nil` for inputs without gradient.
  let record: Int?

  /// Creates a variable without a tape: operations on it compute values and remember nothing.
  public init(_ value: Tensor) { self.init(value, tape: nil, record: nil) }

  init(_ value: Tensor, tape: Tape?, record: Int?) {
    content = .computed(value)
    self.tape = tape
    self.record = record
  }

  /// Creates a variable for what will be computed when it is needed.
  init(_ deferred: any DeferredValue, tape: Tape? = nil, record: Int? = nil) {
    content = .deferred(deferred)
    self.tape = tape
    self.record = record
  }

  /// What will compute the value, if that has not happened yet.
  var deferred: (any DeferredValue)? {
    if case .deferred(let deferred) = content, !deferred.hasRun { deferred } else { nil }
  }

  /// The same value with another record.
  func recorded(on tape: Tape, _ record: Int?) -> Variable {
    switch content {
    case .computed(let value): Variable(value, tape: tape, record: record)
    case .deferred(let deferred): Variable(deferred, tape: tape, record: record)
    }
  }

  /// The value, in memory that this variable no longer shares.
  consuming func takeValue() -> Tensor { value }

  /// The lengths of the axes.
  public var shape: Shape {
    switch content {
    case .computed(let value): value.shape
    case .deferred(let deferred): deferred.shape
    }
  }

  /// Whether a gradient flows to this variable, so that a pullback can leave out what nobody needs.
  public var needsGradient: Bool { record != nil }

  /// Whether it is a shape without numbers, in a pass that is only described.
  var isHollow: Bool { tape?.isHollow(record) ?? false }

  /// Whether this pass is recorded to describe the network as it is known, not as it is best computed.
  package var isDescribed: Bool { tape?.isDescription ?? false }

  /// Whether this pass trains: its tape is in training mode.
  public var isTraining: Bool { tape?.mode == .training }
}

extension Parameter {
  /// The parameter as a variable on the tape of `variable`, or without one if it has none.
  public func joining(_ variable: Variable) -> Variable {
    variable.tape?.variable(for: self) ?? Variable(value)
  }
}

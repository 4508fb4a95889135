import TesseraKernels
import TesseraTensors

/// A batch normalization on a tape, which is computed when its value is first needed: until then an addition and an
/// activation that follow it can become part of it, so each reads and writes memory once.
final class DeferredNormalization: DeferredValue {
  private let input: Tensor
  private let map: BatchNormalization.Map
  private let context = ComputeContext.current
  private let users: Users
  /// Of the result's shape, added to it.
  private let addend: Tensor?
  private var result: Tensor?

  /// What uses the normalization's result: its pullback and theirs hold this, and no values that are not needed.
  final class Users {
    fileprivate var count = 0
    /// The activation whose derivative is left to the normalization's pullback.
    fileprivate(set) var remaining: Activation = .identity
    /// Whether the normalization's pullback has the input, from which that derivative follows.
    let canWait: Bool

    init(canWait: Bool) { self.canWait = canWait }
  }

  init(_ input: Tensor, _ map: BatchNormalization.Map, _ users: Users, adding addend: Tensor? = nil) {
    self.input = input
    self.map = map
    self.users = users
    self.addend = addend
  }

  /// Whether it is the sum of a normalization and something else.
  var isSum: Bool { addend != nil }

  var shape: Shape { input.shape }
  var hasRun: Bool { result != nil }

  var value: Tensor {
    if let result { return result }
    let computed = value(through: .identity)
    result = computed
    return computed
  }

  func value(through activation: Activation) -> Tensor {
    users.count += 1
    return ComputeContext.$current.withValue(context) {
      BatchNormalization.normalized(input, by: map.followed(by: activation), adding: addend)
    }
  }

  func adding(_ other: Variable) -> (any DeferredValue)? {
    !isSum && other.shape == shape ? DeferredNormalization(input, map, users, adding: other.value) : nil
  }

  /// The pullback of `activation` applied to its value.
  ///
  /// If nothing else uses the value, the derivative is left to the normalization's own pullback, which reads the same
  /// memory anyway. Otherwise that has a sum of gradients, so each is multiplied by its derivative here.
  func pullback(of activation: Activation) -> Tape.Pullback {
    { [input, map, users] gradient in
      if users.count == 1 && users.canWait {
        users.remaining = activation
      } else {
        let last = activation.derivesFromOutput ? activation : .identity
        let reference = BatchNormalization.normalized(input, by: map.followed(by: last))
        gradient = activation.backward(consume gradient, reference: reference)
      }
      return [gradient]
    }
  }
}

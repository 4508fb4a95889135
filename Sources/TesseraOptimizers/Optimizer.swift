import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// Updates a model's weights along gradients and owns the state that takes: moments and counts.
///
/// ```swift
/// let optimizer = Adam(for: model)
/// optimizer.update(along: tape.gradients(of: loss), rate: 0.001)
/// ```
/// A class, like the parameters it changes. When created, it freezes and unfreezes parameters as its `ParameterRules`
/// say and collects those that are then trainable (a shared parameter once, under its first name): make a new optimizer
/// after unfreezing others. A parameter without a gradient in a step is left unchanged, as is its state.
public protocol Optimizer: AnyObject {
  /// Changes every parameter that has a gradient.
  ///
  /// - Parameters:
  ///   - gradients: of the loss; parameters without one are unchanged.
  ///   - rate: the learning rate of this step, before the factors of the rules. A double, like all settings of
  ///     optimizers: `1 - 0.999` computed from floats is wrong in the fifth digit.
  func update(along gradients: Gradients, rate: Double)

  /// All that the next updates depend on, under names made of a slot and the parameter's property path:
  /// `firstMoment.encoder.0.first.filter`.
  ///
  /// They include the numbers of updates, as tensors of rank 0 called `updates.<path>`, exact up to 2^24, where they
  /// stop, long after bias corrections have become 1.
  var state: [(name: String, tensor: Tensor)] { get }

  /// Loads the state of an optimizer of the same kind for the same model; training then continues bit for bit.
  ///
  /// - Throws: `TensorMismatchError` with all missing, unused and misshapen names; nothing is then changed.
  func load(state: [(name: String, tensor: Tensor)]) throws(TensorMismatchError)
}

import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// Changes a model's weights along gradients, and owns what that takes: moments and counts.
///
/// ```swift
/// let optimizer = Adam(for: model)
/// optimizer.update(along: tape.gradients(of: loss), rate: 0.001)
/// ```
/// A class, like the parameters it changes. When it is made it freezes and unfreezes parameters as its `ParameterRules`
/// say, and collects those that are then trainable (a shared parameter once, under its first name): make a new optimizer
/// after unfreezing others. A parameter that has no gradient in a step is left as it is, with its state.
public protocol Optimizer: AnyObject {
  /// Changes every parameter that has a gradient.
  ///
  /// - Parameters:
  ///   - gradients: of the loss; parameters without one stay as they are.
  ///   - rate: the learning rate of this step, before the factors of the rules. A double, as all settings of optimizers: `1 - 0.999` computed
  ///     from floats is wrong in the fifth digit.
  func update(along gradients: Gradients, rate: Double)

  /// All that the next updates depend on, under names that are made of a slot and the parameter's property path:
  /// `firstMoment.encoder.0.first.filter`.
  ///
  /// The numbers of updates are among them, as tensors of rank 0 called `updates.<path>`; they are exact up to 2^24 and
  /// stay there, long after bias corrections have become 1.
  var state: [(name: String, tensor: Tensor)] { get }

  /// Takes over a state that an optimizer of the same kind gave for the same model; training then continues with the
  /// same bits.
  ///
  /// - Throws: `TensorMismatchError` with all missing, unused and misshapen names; nothing is then changed.
  func load(state: [(name: String, tensor: Tensor)]) throws(TensorMismatchError)
}

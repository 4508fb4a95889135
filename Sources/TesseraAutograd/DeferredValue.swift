import TesseraKernels
import TesseraTensors

/// What is computed when it is first needed, so that what follows can become part of it.
protocol DeferredValue: AnyObject {
  var shape: Shape { get }
  /// Whether its value is known, so that nothing more can become part of it.
  var hasRun: Bool { get }
  /// What it computes, once.
  var value: Tensor { get }
  /// `activation` of its value, in one pass if that is not yet known.
  func value(through activation: Activation) -> Tensor
  /// What computes the sum with `other` in one pass; `nil` if nothing does.
  func adding(_ other: Variable) -> (any DeferredValue)?
}

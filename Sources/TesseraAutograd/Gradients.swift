import TesseraKernels
import TesseraTensors

/// The gradients of one backward pass: a value, looked up by parameter or variable and never stored in either.
public struct Gradients {
  private var ofRecord: [Int: Tensor] = [:]
  private var ofParameter: [ObjectIdentifier: Tensor] = [:]

  /// No gradients.
  package init() {}

  mutating func insert(_ gradient: Tensor, record: Int, parameter: Parameter?) {
    if let parameter {
      ofParameter[ObjectIdentifier(parameter)] = gradient
    } else {
      ofRecord[record] = gradient
    }
  }

  /// The gradient of `parameter`, of its shape; `nil` if the loss does not depend on it.
  public subscript(parameter: Parameter) -> Tensor? {
    get { ofParameter[ObjectIdentifier(parameter)] }
    set { ofParameter[ObjectIdentifier(parameter)] = newValue }
  }

  /// The gradient of a variable made with `tape.variable(_:)`.
  public subscript(variable: Variable) -> Tensor? { variable.record.flatMap { ofRecord[$0] } }

  /// Returns the gradients with `transform` applied to each.
  public func map(_ transform: (Tensor) -> Tensor) -> Gradients {
    var mapped = Gradients()
    mapped.ofRecord = ofRecord.mapValues(transform)
    mapped.ofParameter = ofParameter.mapValues(transform)
    return mapped
  }

  /// Only the gradients of parameters.
  var ofParameters: Gradients {
    var part = Gradients()
    part.ofParameter = ofParameter
    return part
  }

  /// Adds the gradients of parameters, each multiplied by `scale`; missing ones count as 0.
  package mutating func add(_ other: Gradients, scaledBy scale: Float = 1) {
    for (parameter, gradient) in other.ofParameter {
      if ofParameter[parameter]?.add(gradient, scaledBy: scale) == nil {
        ofParameter[parameter] = scale == 1 ? gradient : gradient * scale
      }
    }
  }
}

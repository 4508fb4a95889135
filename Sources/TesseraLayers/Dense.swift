import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// A fully connected layer: `[..., inputs]` -> `[..., outputs]`.
public struct Dense: Layer {
  /// `[inputs, outputs]`.
  public let weight: Parameter
  /// `[outputs]`.
  public let bias: Parameter?
  /// Applied after the bias is added.
  public let activation: Activation

  /// - Parameters:
  ///   - inputs: the number of input features.
  ///   - outputs: the number of output features.
  ///   - bias: whether a bias is added to each output.
  ///   - activation: applied after the bias is added.
  ///   - initializer: how the weights are initialized.
  ///   - random: the stream that the initial weights are drawn from.
  public init(
    from inputs: Int, to outputs: Int, bias: Bool = true, activation: Activation = .identity,
    initializer: Initializer = .glorotUniform, random: inout RandomStream
  ) {
    weight = initializer.parameter([inputs, outputs], random: &random)
    self.bias = bias ? Parameter(.zeros([outputs]), kind: .bias) : nil
    self.activation = activation
  }

  public func callAsFunction(_ input: Variable) -> Variable {
    let product = input.matrixProduct(weight.joining(input))
    return activate(bias.map { product + $0.joining(input) } ?? product, activation)
  }
}

import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// A transposed convolution, the learned upsampling of a decoder, with bias and activation.
///
/// ```swift
/// let up = TransposedConv2D(from: 1024, to: 512, kernel: 3, stride: 2, activation: .relu, random: &random)
/// up(features)   // [batch, 8, 8, 1024] -> [batch, 16, 16, 512]
/// ```
public struct TransposedConv2D: Layer {
  /// `[height, width, outputs / groups, inputs]`, Keras' layout.
  public let filter: Parameter
  /// `[outputs]`.
  public let bias: Parameter?
  /// The number of result pixels per input pixel.
  public let stride: Extent
  /// The part of the full result that is cut off.
  public let cropping: Cropping
  /// Pixels from one tap to the next.
  public let dilation: Extent
  /// The number of independent groups that the channels are split into.
  public let groups: Int
  /// Applied after the bias is added.
  public let activation: Activation

  /// - Parameters:
  ///   - inputs: the number of input channels.
  ///   - outputs: the number of output channels.
  ///   - kernel: height and width of the filter.
  ///   - stride: how many times larger the result is.
  ///   - cropping: `.same` gives `stride` times the input's size.
  ///   - dilation: pixels from one tap to the next.
  ///   - groups: the number of independent groups that the channels are split into.
  ///   - bias: whether a bias is added to each output.
  ///   - activation: applied after the bias is added.
  ///   - initializer: how the weights are initialized.
  ///   - random: the stream that the initial weights are drawn from.
  public init(
    from inputs: Int, to outputs: Int, kernel: Extent, stride: Extent = 1, cropping: Cropping = .same,
    dilation: Extent = 1, groups: Int = 1, bias: Bool = true, activation: Activation = .identity,
    initializer: Initializer = .glorotUniform, random: inout RandomStream
  ) {
    require(
      inputs > 0 && outputs > 0 && groups > 0 && inputs % groups == 0 && outputs % groups == 0,
      "TransposedConv2D: \(inputs) inputs and \(outputs) outputs must be positive multiples of \(groups) groups")
    let shape: Shape = [kernel.height, kernel.width, outputs / groups, inputs]
    filter = initializer.parameter(shape, random: &random)
    self.bias = bias ? Parameter(.zeros([outputs]), kind: .bias) : nil
    self.stride = stride
    self.cropping = cropping
    self.dilation = dilation
    self.groups = groups
    self.activation = activation
  }

  /// `[batch, height, width, inputs]` -> `[batch, stride height, stride width, outputs]` with `.same` cropping.
  public func callAsFunction(_ input: Variable) -> Variable {
    transposedConv2D(
      input, filter: filter.joining(input), bias: bias?.joining(input), stride: stride, cropping: cropping,
      dilation: dilation, groups: groups, activation: activation)
  }
}

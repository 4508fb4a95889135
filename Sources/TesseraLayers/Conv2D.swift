import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// A two-dimensional convolution with bias and activation.
///
/// ```swift
/// let layer = Conv2D(from: 3, to: 64, kernel: 3, activation: .relu, random: &random)
/// layer(images)   // [batch, height, width, 3] -> [batch, height, width, 64]
/// ```
public struct Conv2D: Layer {
  /// `[height, width, inputs / groups, outputs]`.
  public let filter: Parameter
  /// `[outputs]`.
  public let bias: Parameter?
  /// Pixels from one window to the next.
  public let stride: Extent
  /// The padding around the picture.
  public let padding: Padding
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
  ///   - stride: pixels from one window to the next.
  ///   - padding: the padding around the picture.
  ///   - dilation: pixels from one tap to the next.
  ///   - groups: the number of independent groups that the channels are split into.
  ///   - bias: whether a bias is added to each output.
  ///   - activation: applied after the bias is added.
  ///   - initializer: how the weights are initialized.
  ///   - random: the stream that the initial weights are drawn from.
  public init(
    from inputs: Int, to outputs: Int, kernel: Extent, stride: Extent = 1, padding: Padding = .same,
    dilation: Extent = 1, groups: Int = 1, bias: Bool = true, activation: Activation = .identity,
    initializer: Initializer = .glorotUniform, random: inout RandomStream
  ) {
    require(
      inputs > 0 && outputs > 0 && groups > 0 && inputs % groups == 0 && outputs % groups == 0,
      "Conv2D: \(inputs) inputs and \(outputs) outputs must be positive multiples of \(groups) groups")
    let shape: Shape = [kernel.height, kernel.width, inputs / groups, outputs]
    filter = initializer.parameter(shape, random: &random)
    self.bias = bias ? Parameter(.zeros([outputs]), kind: .bias) : nil
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.activation = activation
  }

  /// `[batch, height, width, inputs]` -> `[batch, output height, output width, outputs]`.
  public func callAsFunction(_ input: Variable) -> Variable {
    conv2D(
      input, filter: filter.joining(input), bias: bias?.joining(input), stride: stride, padding: padding,
      dilation: dilation, groups: groups, activation: activation)
  }
}

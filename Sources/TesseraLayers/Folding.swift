import TesseraAutograd
import TesseraKernels
import TesseraTensors

// A pass without a tape needs no layer's own result: what follows a convolution channel by channel becomes part of it.

/// A layer whose work the convolution before it can do.
protocol FoldableLayer: Layer {
  /// A convolution that computes `convolution`, which has no activation, and this layer after it.
  func folded<Whole: ConvolutionLayer>(after convolution: Whole) -> Whole
}

/// A layer that is linear in its filter but for an activation at its end.
protocol ConvolutionLayer: Layer {
  var filter: Parameter { get }
  var bias: Parameter? { get }
  var groups: Int { get }
  var activation: Activation { get }

  /// The length of a bias.
  var outputs: Int { get }

  /// The filter whose weights that lead to output k are multiplied by element k of `factors` `[outputs]`.
  func filter(scaledBy factors: Tensor) -> Tensor

  /// The same layer with other weights and another activation.
  func with(filter: Parameter, bias: Parameter?, activation: Activation) -> Self
}

extension ConvolutionLayer {
  /// This layer with the first of `followers` folded into it, as many as can be, which are taken away.
  func folding(_ followers: inout ArraySlice<any Layer>) -> Self {
    var result = self
    while result.activation == .identity, let next = followers.first as? any FoldableLayer {
      result = next.folded(after: result)
      followers.removeFirst()
    }
    return result
  }
}

extension ActivationLayer: FoldableLayer {
  func folded<Whole: ConvolutionLayer>(after convolution: Whole) -> Whole {
    convolution.with(filter: convolution.filter, bias: convolution.bias, activation: activation)
  }
}

extension Conv2D: ConvolutionLayer {
  var outputs: Int { filter.shape[3] }

  func filter(scaledBy factors: Tensor) -> Tensor { filter.value * factors }

  func with(filter: Parameter, bias: Parameter?, activation: Activation) -> Conv2D {
    Conv2D(
      filter: filter, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups,
      activation: activation)
  }

  private init(
    filter: Parameter, bias: Parameter?, stride: Extent, padding: Padding, dilation: Extent, groups: Int,
    activation: Activation
  ) {
    self.filter = filter
    self.bias = bias
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.activation = activation
  }
}

extension TransposedConv2D: ConvolutionLayer {
  var outputs: Int { filter.shape[2] * groups }

  func filter(scaledBy factors: Tensor) -> Tensor {
    // Group g of the inputs leads to group g of the outputs.
    let shape = filter.shape
    let inGroups = filter.value.reshaped(to: [shape[0], shape[1], shape[2], groups, shape[3] / groups])
    let factors = factors.reshaped(to: [groups, shape[2]]).transposed().reshaped(to: [shape[2], groups, 1])
    return (inGroups * factors).reshaped(to: shape)
  }

  func with(filter: Parameter, bias: Parameter?, activation: Activation) -> TransposedConv2D {
    TransposedConv2D(
      filter: filter, bias: bias, stride: stride, cropping: cropping, dilation: dilation, groups: groups,
      activation: activation)
  }

  private init(
    filter: Parameter, bias: Parameter?, stride: Extent, cropping: Cropping, dilation: Extent, groups: Int,
    activation: Activation
  ) {
    self.filter = filter
    self.bias = bias
    self.stride = stride
    self.cropping = cropping
    self.dilation = dilation
    self.groups = groups
    self.activation = activation
  }
}

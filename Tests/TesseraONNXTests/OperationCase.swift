import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraONNX
import TesseraTensors
import Testing

/// A small network around one operation, and the ONNX operators that it is to become.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let name: String
  let input: Shape
  let operators: [String]
  private let make: @Sendable (inout RandomStream) -> any Layer

  var testDescription: String { name }

  init(
    _ name: String, _ input: Shape, _ operators: [String], _ make: @escaping @Sendable (inout RandomStream) -> any Layer
  ) {
    self.name = name
    self.input = input
    self.operators = operators
    self.make = make
  }

  /// The same layer each time, with weights that are nowhere 0.
  func makeLayer() -> any Layer {
    var random = RandomStream(seed: 7)
    let layer = make(&random)
    for parameter in layer.parameters where parameter.value.shape.rank == 1 {
      parameter.value = .uniform(parameter.value.shape, from: 0.5, to: 1.5, key: random.next())
    }
    return layer
  }

  /// Numbers of both signs.
  var picture: Tensor { .uniform(input, from: -1, to: 1, key: 11) }

  static let all: [OperationCase] =
    convolutions + pools + normalizations + elements + shapes

  private static let convolutions = [
    OperationCase("conv", [2, 7, 6, 3], ["Conv", "Relu"]) {
      Conv2D(from: 3, to: 4, kernel: 3, activation: .relu, random: &$0)
    },
    OperationCase("conv_even_kernel", [1, 7, 6, 3], ["Conv"]) { Conv2D(from: 3, to: 4, kernel: 4, random: &$0) },
    OperationCase("conv_stride", [1, 7, 9, 3], ["Conv", "Sigmoid"]) {
      Conv2D(from: 3, to: 4, kernel: 3, stride: 2, activation: .sigmoid, random: &$0)
    },
    OperationCase("conv_explicit", [1, 7, 6, 3], ["Conv"]) {
      Conv2D(
        from: 3, to: 4, kernel: Extent(height: 3, width: 2), stride: Extent(height: 2, width: 1),
        padding: .explicit(top: 1, bottom: 2, left: 0, right: 1), random: &$0)
    },
    OperationCase("conv_groups_dilation", [1, 9, 8, 4], ["Conv", "Tanh"]) {
      Conv2D(from: 4, to: 6, kernel: 3, dilation: 2, groups: 2, bias: false, activation: .tanh, random: &$0)
    },
    OperationCase("conv_valid", [1, 7, 6, 3], ["Conv", "LeakyRelu"]) {
      Conv2D(from: 3, to: 4, kernel: 3, padding: .valid, activation: .leakyReLU(slope: 0.2), random: &$0)
    },
    OperationCase("conv_depthwise", [1, 9, 8, 6], ["Conv", "Clip"]) {
      Conv2D(from: 6, to: 6, kernel: 3, stride: 2, padding: .explicit(1), groups: 6, activation: .relu6, random: &$0)
    },
    OperationCase("conv_multiplier", [1, 9, 8, 3], ["Conv", "HardSwish"]) {
      Conv2D(from: 3, to: 6, kernel: 5, groups: 3, activation: .hardSwish, random: &$0)
    },
    OperationCase("conv_stem", [1, 32, 28, 3], ["Conv", "MaxPool"]) {
      Sequential(
        Conv2D(from: 3, to: 4, kernel: 7, stride: 2, padding: .explicit(3), random: &$0),
        MaxPool2D(window: 3, stride: 2, padding: .explicit(1)))
    },
    OperationCase("conv_stem_keras", [1, 32, 28, 3], ["Conv"]) {
      Conv2D(
        from: 3, to: 4, kernel: 3, stride: 2, padding: .explicit(top: 0, bottom: 1, left: 0, right: 1), random: &$0)
    },
    OperationCase("transposed", [2, 5, 4, 3], ["ConvTranspose", "Relu"]) {
      TransposedConv2D(from: 3, to: 4, kernel: 3, stride: 2, activation: .relu, random: &$0)
    },
    OperationCase("transposed_16_8", [1, 3, 2, 3], ["ConvTranspose"]) {
      TransposedConv2D(from: 3, to: 4, kernel: 16, stride: 8, random: &$0)
    },
    OperationCase("transposed_short_kernel", [1, 3, 4, 3], ["ConvTranspose"]) {
      TransposedConv2D(from: 3, to: 4, kernel: 2, stride: 3, bias: false, random: &$0)
    },
    OperationCase("transposed_groups", [1, 3, 4, 4], ["ConvTranspose"]) {
      TransposedConv2D(from: 4, to: 6, kernel: 4, stride: 2, cropping: .valid, groups: 2, random: &$0)
    },
    OperationCase("transposed_depthwise", [1, 3, 4, 5], ["ConvTranspose"]) {
      TransposedConv2D(from: 5, to: 5, kernel: 4, stride: 2, groups: 5, random: &$0)
    },
    OperationCase("transposed_dilated", [1, 4, 5, 2], ["ConvTranspose"]) {
      TransposedConv2D(from: 2, to: 3, kernel: 3, stride: 2, dilation: 2, random: &$0)
    },
    OperationCase("transposed_pytorch", [1, 5, 4, 3], ["ConvTranspose"]) {
      TransposedConv2D(
        from: 3, to: 4, kernel: 3, stride: 2, cropping: .explicit(top: 1, bottom: 0, left: 1, right: 0), random: &$0)
    },
  ]

  private static let pools = [
    OperationCase("max_pool", [2, 6, 8, 3], ["MaxPool"]) { _ in MaxPool2D() },
    OperationCase("max_pool_same", [1, 7, 5, 3], ["MaxPool"]) { _ in MaxPool2D(window: 3, stride: 2, padding: .same) },
    OperationCase("average_pool_same", [1, 7, 5, 3], ["AveragePool"]) { _ in
      AveragePool2D(window: 3, stride: 2, padding: .same)
    },
    OperationCase("global_max_pool", [2, 4, 5, 3], ["GlobalMaxPool", "Transpose", "Reshape"]) { _ in GlobalMaxPool2D()
    },
    OperationCase("global_average_pool", [2, 4, 5, 3], ["ReduceMean"]) { _ in GlobalAveragePool2D() },
    OperationCase("upsample_nearest", [1, 3, 4, 3], ["Resize"]) { _ in
      UpSampling2D(by: Extent(height: 2, width: 3))
    },
    OperationCase("upsample_bilinear", [1, 3, 4, 3], ["Resize"]) { _ in UpSampling2D(by: 2, .bilinear) },
    OperationCase("upsample_aligned", [2, 3, 4, 3], ["Resize"]) { _ in UpSampling2D(by: 2, .bilinearAlignedCorners) },
    OperationCase("resize_down", [1, 7, 9, 2], ["Resize"]) { _ in
      Function { resize($0, to: Extent(height: 4, width: 5), .nearest) }
    },
    OperationCase("resize_aligned", [1, 7, 1, 2], ["Resize"]) { _ in
      Function { resize($0, to: Extent(height: 4, width: 5), .bilinearAlignedCorners) }
    },
    OperationCase("adaptive_pool_one", [2, 5, 7, 3], ["GlobalAveragePool"]) { _ in AdaptiveAveragePool2D(to: 1) },
    OperationCase("adaptive_pool", [2, 6, 8, 3], ["AveragePool"]) { _ in
      AdaptiveAveragePool2D(to: Extent(height: 3, width: 2))
    },
    OperationCase("adaptive_pool_overlapping", [2, 7, 5, 3], ["MatMul", "MatMul"]) { _ in
      AdaptiveAveragePool2D(to: Extent(height: 3, width: 6))
    },
  ]

  private static let normalizations = [
    OperationCase("batch_norm", [2, 4, 5, 3], ["BatchNormalization"]) { _ in BatchNorm(3) },
    OperationCase("batch_norm_dense", [4, 3], ["BatchNormalization"]) { _ in BatchNorm(3) },
    OperationCase("batch_norm_rows", [4, 5, 3], ["Transpose", "BatchNormalization", "Transpose"]) { _ in
      BatchNorm(3, convention: .pyTorch)
    },
    OperationCase("conv_batch_norm", [2, 6, 5, 3], ["Conv", "BatchNormalization", "Relu"]) {
      Sequential(Conv2D(from: 3, to: 4, kernel: 3, bias: false, random: &$0), BatchNorm(4), ActivationLayer(.relu))
    },
    OperationCase(
      "network_norms", [1, 8, 12, 3],
      [
        "Conv", "BatchNormalization", "Relu", "Conv", "Reshape", "InstanceNormalization", "Reshape", "Mul", "Add",
        "Relu",
        "ConvTranspose", "BatchNormalization", "Relu", "Transpose", "LayerNormalization", "Transpose", "Conv",
      ]
    ) {
      Sequential(
        Conv2D(from: 3, to: 8, kernel: 3, bias: false, random: &$0), BatchNorm(8, convention: .pyTorch),
        ActivationLayer(.relu), Conv2D(from: 8, to: 8, kernel: 3, stride: 2, random: &$0), GroupNorm(8, groups: 4),
        ActivationLayer(.relu), TransposedConv2D(from: 8, to: 6, kernel: 4, stride: 2, bias: false, random: &$0),
        BatchNorm(6), ActivationLayer(.relu), LayerNorm(6), Conv2D(from: 6, to: 4, kernel: 1, random: &$0))
    },
    OperationCase("layer_norm", [2, 4, 5, 3], ["Transpose", "LayerNormalization", "Transpose"]) { _ in LayerNorm(3) },
    OperationCase("layer_norm_dense", [4, 3], ["LayerNormalization"]) { _ in LayerNorm(3, epsilon: 1e-5) },
    OperationCase("layer_norm_rows", [2, 5, 3], ["LayerNormalization"]) { _ in LayerNorm(3) },
    OperationCase(
      "group_norm", [2, 4, 5, 6], ["Reshape", "InstanceNormalization", "Reshape", "Mul", "Add"]
    ) { _ in GroupNorm(6, groups: 3) },
    OperationCase(
      "group_norm_dense", [4, 6], ["Reshape", "InstanceNormalization", "Reshape", "Mul", "Add"]
    ) { _ in GroupNorm(6, groups: 2, epsilon: 1e-5) },
    OperationCase(
      "group_norm_rows", [2, 5, 6],
      ["Transpose", "Reshape", "InstanceNormalization", "Reshape", "Transpose", "Mul", "Add"]
    ) { _ in GroupNorm(6, groups: 6) },
  ]

  private static let elements = [
    OperationCase("own", [2, 4, 5, 3], ["HardSwish", "Mul"]) { _ in Function { hardSwish($0, scaledBy: 2) } },
    OperationCase("own_unchanged", [2, 4], ["Identity"]) { _ in Function { hardSwish($0, scaledBy: nil) } },
    OperationCase("gelu", [2, 4, 5, 3], ["Div", "Erf", "Add", "Mul", "Mul"]) { _ in ActivationLayer(.gelu) },
    OperationCase("squeeze_excitation", [2, 4, 5, 3], ["ReduceMean", "Sigmoid", "Mul"]) { _ in
      Function { $0 * activate(globalAveragePool($0, keepingAxes: true), .sigmoid) }
    },
    OperationCase("stochastic_depth", [2, 4, 5, 3], ["Relu", "Add"]) { _ in
      Function { $0 + StochasticDepth(0.5)(relu($0)) }
    },
    OperationCase("relu6", [2, 4, 5, 3], ["Mul", "Clip"]) { _ in Function { activate($0 * 9, .relu6) } },
    OperationCase("hard_sigmoid", [4, 3], ["Mul", "HardSigmoid"]) { _ in Function { activate($0 * 5, .hardSigmoid) } },
    OperationCase("silu", [2, 4, 5, 3], ["Sigmoid", "Mul"]) { _ in ActivationLayer(.silu) },
    OperationCase("hard_swish", [2, 4, 5, 3], ["Mul", "HardSwish"]) { _ in
      Function { activate($0 * 5, .hardSwish) }
    },
    OperationCase("softmax", [2, 4, 5, 3], ["Softmax"]) { _ in Softmax() },
    OperationCase("softmax_dense", [4, 3], ["Softmax"]) { _ in Softmax() },
    OperationCase("arithmetic", [1, 2, 3, 2], ["Exp", "Log", "Mul", "Sqrt", "Neg", "Add", "Sub", "Div", "Mul"]) { _ in
      Function { x in ((2 + -x.exponential().logarithm().squared().squareRoot()) - x) / (3 as Float) * x }
    },
    OperationCase("broadcast_axes", [2, 3, 4, 2], ["Mul", "Add"]) { _ in
      Function { x in
        x * Variable(.uniform([4, 2], from: 1, to: 2, key: 1)) + Variable(.uniform([3, 1, 1], from: 1, to: 2, key: 2))
      }
    },
    OperationCase("broadcast_computed", [2, 3, 4, 2], ["ReduceMean", "Unsqueeze", "Transpose", "Mul"]) { _ in
      Function { x in x * x.mean(along: [0, 1, 2]) }
    },
  ]

  private static let attention = [
    "Reshape", "Transpose", "Reshape", "Transpose", "Reshape", "Transpose", "Mul", "MatMul", "Softmax", "MatMul",
    "Transpose", "Reshape",
  ]

  private static let shapes = [
    OperationCase("flatten_dense", [2, 3, 4, 2], ["Transpose", "Reshape", "MatMul", "Add"]) {
      Sequential(Flatten(), Dense(from: 24, to: 5, random: &$0))
    },
    OperationCase("dense_rows", [2, 5, 3], ["MatMul", "Add", "Relu"]) {
      Dense(from: 3, to: 4, activation: .relu, random: &$0)
    },
    OperationCase("attention", [2, 5, 8], ["Slice"] + attention) { _ in
      Function { x in
        let keys = x.sliced(0..<3, along: 1)
        return scaledDotProductAttention(x, keys, keys, heads: 2)
      }
    },
    OperationCase(
      "attention_picture", [2, 4, 6, 4],
      ["Transpose", "Reshape", "AveragePool", "Transpose", "Reshape"] + attention
        + ["Reshape", "Transpose"]
    ) { _ in Function { attend($0) } },
    OperationCase("dense_pixels", [2, 3, 4, 2], ["Transpose", "MatMul", "Transpose", "Add", "Relu"]) {
      Dense(from: 2, to: 5, activation: .relu, random: &$0)
    },
    OperationCase("concatenate_channels", [2, 3, 4, 2], ["Concat"]) { _ in
      Function { concatenate([$0, $0]) }
    },
    OperationCase("concatenate_rows", [2, 3, 4, 2], ["Concat"]) { _ in
      Function { concatenate([$0, $0], along: 1) }
    },
    OperationCase("slice", [2, 3, 4, 5], ["Slice", "Slice"]) { _ in
      Function { $0.sliced(1..<4, along: 3).sliced(1..<3, along: 1) }
    },
    OperationCase("transpose", [2, 3, 4, 5], ["Transpose", "Transpose", "Transpose"]) { _ in
      Function { $0.transposed([0, 2, 1, 3]) }
    },
    OperationCase("sum_channels", [2, 3, 4, 5], ["ReduceSum"]) { _ in Function { $0.sum(along: [3]) } },
    OperationCase("sum_rows", [2, 3, 4, 5], ["Transpose", "ReduceSum"]) { _ in Function { $0.sum(along: [1]) } },
    OperationCase("mean_kept", [2, 3, 4, 5], ["ReduceMean", "Sub"]) { _ in
      Function { $0 - $0.mean(along: [1, 2], keepingAxes: true) }
    },
    OperationCase("computed_filter", [1, 5, 6, 3], ["Mul", "Transpose", "Transpose", "Conv"]) {
      Standardized(filter: Parameter(Initializer.glorotUniform([3, 3, 3, 2], random: &$0)))
    },
  ]
}

/// A function as a layer.
struct Function: Layer {
  let body: @Sendable (Variable) -> Variable

  init(_ body: @escaping @Sendable (Variable) -> Variable) { self.body = body }

  func callAsFunction(_ input: consuming Variable) -> Variable { body(input) }
}

/// A picture whose pixels attend to the means of its windows, as in SegFormer.
func attend(_ x: Variable) -> Variable {
  func positions(_ picture: Variable) -> Variable {
    picture.reshaped(to: [picture.shape[0], picture.shape[1] * picture.shape[2], picture.shape[3]])
  }
  let (queries, keys) = (positions(x), positions(averagePool(x, window: 2)))
  return scaledDotProductAttention(queries, keys, keys, heads: 1).reshaped(to: x.shape)
}

/// A convolution whose filter is computed in each pass.
private struct Standardized: Layer {
  let filter: Parameter

  func callAsFunction(_ input: consuming Variable) -> Variable {
    let input = input
    return conv2D(input, filter: filter.joining(input) * 2)
  }
}

/// An operation of one's own with its translation.
struct HardSwish: ONNXOperation {
  let name = "hardSwish"
  /// `nil` leaves its input as it is.
  let factor: Float?

  func result(of inputs: [ONNXValue], in graph: inout ONNXNodes) -> ONNXValue {
    guard let factor else { return inputs[0] }
    return graph.add("Mul", [graph.add("HardSwish", inputs), graph.constant(Tensor(factor))])
  }
}

func hardSwish(_ x: Variable, scaledBy factor: Float?) -> Variable {
  let value = Tensor(
    x.value.scalars.map { number in factor.map { $0 * number * min(1, max(0, number / 6 + 0.5)) } ?? number },
    shape: x.shape)
  return .operation(HardSwish(factor: factor), on: [x], value: value) { _ in [nil] }
}

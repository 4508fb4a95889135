import TesseraKernels
import TesseraTensors

/// What an operation does with its inputs, in enough detail to repeat it elsewhere.
///
/// A string literal is an operation without attributes, so a custom operation is just its name.
public enum OperationKind: Sendable, Hashable, ExpressibleByStringLiteral {
  /// Input, filter `[height, width, inputs / groups, outputs]` and perhaps a bias; then the activation.
  case convolution(WindowGeometry, padding: Padding, groups: Int, activation: Activation)
  /// Input, filter `[height, width, outputs / groups, inputs]` and perhaps a bias; then the activation. The geometry is
  /// that of the convolution whose adjoint it is: its `output` is the operation's input.
  case transposedConvolution(WindowGeometry, cropping: Cropping, groups: Int, activation: Activation)
  case maxPool(WindowGeometry, padding: Padding)
  /// Padding is not counted.
  case averagePool(WindowGeometry, padding: Padding)
  /// The means of this many bins that share the picture.
  case adaptiveAveragePool(Extent)
  case resize(Extent, Interpolation)
  /// Input, scale, offset, mean and variance, each but the input `[channels]`; without the last two it normalizes by
  /// the moments of the whole batch.
  case batchNormalization(epsilon: Float)
  /// Input, scale and offset; over the last axis.
  case layerNormalization(epsilon: Float)
  /// Input, scale and offset; over all pixels of a picture and the channels of a group.
  case groupNormalization(groups: Int, epsilon: Float)
  case activation(Activation)
  /// Queries, keys and values, each `[batch, positions, channels]`.
  case scaledDotProductAttention(heads: Int)
  /// Concatenates all inputs; `isDropping` if training drops a share.
  case concatenate(axis: Int, isDropping: Bool)
  case transpose(order: [Int])
  case slice(Range<Int>, axis: Int)
  /// The sum over `axes`.
  case sum(axes: [Int], keepingAxes: Bool)
  /// The mean over `axes`.
  case mean(axes: [Int], keepingAxes: Bool)
  /// Known only by its name: `add`, `softmax`, or a custom operation.
  case named(String)
  /// A custom operation that says more about itself.
  case custom(Custom)

  public init(stringLiteral name: String) { self = .named(name) }

  /// The name, such as `conv2D`.
  public var name: String {
    switch self {
    case .convolution: "conv2D"
    case .transposedConvolution: "transposedConv2D"
    case .maxPool: "maxPool"
    case .averagePool: "averagePool"
    case .adaptiveAveragePool: "adaptiveAveragePool"
    case .resize: "resize"
    case .batchNormalization: "batchNormalization"
    case .layerNormalization: "layerNormalization"
    case .groupNormalization: "groupNormalization"
    case .activation(let activation): "\(activation)"
    case .scaledDotProductAttention: "scaledDotProductAttention"
    case .concatenate(_, let isDropping): isDropping ? "concatenateDropout" : "concatenate"
    case .transpose: "transpose"
    case .slice: "slice"
    case .sum: "sum"
    case .mean: "mean"
    case .named(let name): name
    case .custom(let custom): custom.operation.name
    }
  }

  /// Whether a pixel of the result depends only on the same pixel of the inputs, whatever their channels: arithmetic,
  /// activations, and normalizations by known moments or over channels.
  public var isPointwise: Bool {
    switch self {
    case .activation, .batchNormalization, .layerNormalization: true
    case .named(let name): Self.pointwiseNames.contains(name)
    case .custom(let custom): custom.operation.isPointwise
    default: false
    }
  }

  private static let pointwiseNames: Set = [
    "add", "subtract", "multiply", "divide", "negate", "exponential", "logarithm", "squareRoot", "square", "power",
    "clamp", "softmax", "logSoftmax", "gather", "dropout", "stochasticDepth",
  ]
}

import TesseraKernels
import TesseraTensors

/// What an operation does with its inputs, in enough words to repeat it elsewhere.
///
/// A string literal is an operation without attributes, so an operation of your own is just its name.
public enum OperationKind: Sendable, Hashable, ExpressibleByStringLiteral {
  /// Input, filter `[height, width, inputs / groups, outputs]` and perhaps a bias; then the activation.
  case convolution(WindowGeometry, padding: Padding, groups: Int, activation: Activation)
  /// Input, filter `[height, width, outputs / groups, inputs]` and perhaps a bias; then the activation. The geometry is
  /// that of the convolution whose adjoint it is: its `output` is the operation's input.
  case transposedConvolution(WindowGeometry, cropping: Cropping, groups: Int, activation: Activation)
  case maxPool(WindowGeometry, padding: Padding)
  /// Padding is not counted.
  case averagePool(WindowGeometry, padding: Padding)
  case resize(Extent, Interpolation)
  case activation(Activation)
  /// All inputs one after the other; with a share that training drops.
  case concatenate(axis: Int, isDropping: Bool)
  case transpose(order: [Int])
  case slice(Range<Int>, axis: Int)
  /// The sum over `axes`.
  case sum(axes: [Int], keepingAxes: Bool)
  /// Known by its name alone: `add`, `softmax`, or an operation of your own.
  case named(String)

  public init(stringLiteral name: String) { self = .named(name) }

  /// Such as `conv2D`.
  public var name: String {
    switch self {
    case .convolution: "conv2D"
    case .transposedConvolution: "transposedConv2D"
    case .maxPool: "maxPool"
    case .averagePool: "averagePool"
    case .resize: "resize"
    case .activation(let activation): "\(activation)"
    case .concatenate(_, let isDropping): isDropping ? "concatenateDropout" : "concatenate"
    case .transpose: "transpose"
    case .slice: "slice"
    case .sum: "sum"
    case .named(let name): name
    }
  }
}

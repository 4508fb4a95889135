import TesseraAutograd
import TesseraKernels

extension OperationKind {
  /// The name without its settings, which are attributes.
  var shortName: String { String(name.prefix { $0.isLetter || $0.isNumber }) }

  /// The settings that TensorBoard shows beside an operation.
  var attributes: [(name: String, value: String)] {
    switch self {
    case .convolution(let window, let padding, let groups, let activation):
      Self.attributes(of: window) + [
        ("padding", "\(padding)"), ("groups", "\(groups)"), ("activation", "\(activation)"),
      ]
    case .transposedConvolution(let window, let cropping, let groups, let activation):
      Self.attributes(of: window) + [
        ("cropping", "\(cropping)"), ("groups", "\(groups)"), ("activation", "\(activation)"),
      ]
    case .maxPool(let window, let padding), .averagePool(let window, let padding):
      Self.attributes(of: window) + [("padding", "\(padding)")]
    case .resize(let size, let interpolation): [("size", "\(size)"), ("interpolation", "\(interpolation)")]
    case .adaptiveAveragePool(let size): [("size", "\(size)")]
    case .scaledDotProductAttention(let heads): [("heads", "\(heads)")]
    case .activation(let activation): [("activation", "\(activation)")]
    case .concatenate(let axis, _): [("axis", "\(axis)")]
    case .transpose(let order): [("order", "\(order)")]
    case .slice(let range, let axis): [("range", "\(range)"), ("axis", "\(axis)")]
    case .batchNormalization(let epsilon), .layerNormalization(let epsilon): [("epsilon", "\(epsilon)")]
    case .groupNormalization(let groups, let epsilon): [("groups", "\(groups)"), ("epsilon", "\(epsilon)")]
    case .sum(let axes, let keepingAxes), .mean(let axes, let keepingAxes):
      [("axes", "\(axes)"), ("keepsAxes", "\(keepingAxes)")]
    case .named, .custom: []
    }
  }

  private static func attributes(of window: WindowGeometry) -> [(name: String, value: String)] {
    [
      ("window", "\(window.window)"), ("stride", "\(window.stride)"), ("dilation", "\(window.dilation)"),
    ]
  }
}

import TesseraAutograd
import TesseraKernels
import TesseraLayers

/// How a drawing shows an operation: its family decides the line, the words are in the legend.
package enum OperationLook: Hashable {
  case convolution(String)
  /// A window for each channel.
  case depthwise(String)
  /// One pixel at a time.
  case pointConvolution(String)
  case pool(String)
  case enlarge(String)
  /// Changes numbers in place.
  case elementwise
  case other(String)
  /// Nothing: a result is used again.
  case copy

  /// - Parameters:
  ///   - node: the operation.
  ///   - isBrief: whether the label leaves the activation out.
  init(_ node: NetworkGraph.Node, isBrief: Bool = false) {
    switch node.kind {
    case .convolution(let window, _, let groups, let activation):
      let suffix = Self.step(window) + (isBrief ? "" : Self.suffix(activation))
      let name = "\(window.window.text) convolution"
      if groups > 1 && groups == node.shape[-1] {
        self = .depthwise("depthwise \(name)\(suffix)")
      } else if groups > 1 {
        self = .convolution("\(name)\(suffix), \(groups) groups")
      } else {
        self = window.window == 1 ? .pointConvolution(name + suffix) : .convolution(name + suffix)
      }
    case .named("matrixProduct"): self = .pointConvolution("linear")
    case .scaledDotProductAttention: self = .other("attention")
    case .transposedConvolution(let window, _, _, let activation):
      self = .enlarge("\(window.window.text) transposed convolution" + Self.step(window) + Self.suffix(activation))
    case .maxPool(let window, _): self = .pool("\(window.window.text) max pool" + Self.poolStep(window))
    case .averagePool(let window, _): self = .pool("\(window.window.text) average pool" + Self.poolStep(window))
    case .mean: self = .pool("mean of all pixels")
    case .adaptiveAveragePool(let size): self = .pool("average pool to \(size.text)")
    case .resize(_, .bilinearAlignedCorners): self = .enlarge("bilinear resize, aligned corners")
    case .resize(_, let interpolation): self = .enlarge("\(interpolation) resize")
    case .groupNormalization: self = .elementwise
    default: self = node.kind.isPointwise ? .elementwise : .other(node.kind.name)
    }
  }

  /// What the legend says.
  package var label: String {
    switch self {
    case .convolution(let label), .depthwise(let label), .pointConvolution(let label), .pool(let label),
      .enlarge(let label), .other(let label):
      label
    case .elementwise: "elementwise"
    case .copy: "joined, added or multiplied, unchanged"
    }
  }

  /// How its line looks.
  struct Style {
    /// The number of the color.
    let color: Int
    let width: Double
    /// The patterns that tell the family's members apart without color.
    let dashes: [String]
  }

  var style: Style {
    switch self {
    case .convolution: Style(color: 1, width: 1.4, dashes: ["none", "14 2", "9 2", "5 2"])
    case .depthwise: Style(color: 4, width: 1.4, dashes: ["none", "14 2", "9 2", "5 2"])
    case .pointConvolution: Style(color: 5, width: 1.6, dashes: ["2 2.5", "5 2.5"])
    case .pool: Style(color: 0, width: 2.6, dashes: ["none", "12 2"])
    case .enlarge: Style(color: 3, width: 2.2, dashes: ["6 3", "10 3 2 3", "3 3"])
    case .elementwise, .other: Style(color: 2, width: 1.4, dashes: ["8 2 2 2", "8 2 2 2 2 2"])
    case .copy: Style(color: 7, width: 0.9, dashes: ["none"])
    }
  }

  private static func step(_ window: WindowGeometry) -> String {
    (window.stride == 1 ? "" : ", stride \(window.stride.side)")
      + (window.dilation == 1 ? "" : ", dilation \(window.dilation.side)")
  }

  private static func poolStep(_ window: WindowGeometry) -> String {
    window.stride == window.window ? "" : ", stride \(window.stride.side)"
  }

  private static func suffix(_ activation: Activation) -> String {
    switch activation {
    case .identity: ""
    case .relu: ", ReLU"
    default: ", \(activation)"
    }
  }
}

extension Extent {
  fileprivate var text: String { "\(height) × \(width)" }
  fileprivate var side: String { height == width ? "\(height)" : text }
}

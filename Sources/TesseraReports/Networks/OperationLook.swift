import TesseraAutograd
import TesseraKernels

/// How a drawing shows an operation: its family decides the line, the words are in the legend.
package enum OperationLook: Hashable {
  case convolution(String)
  /// One pixel at a time.
  case pointConvolution(String)
  case pool(String)
  case enlarge(String)
  /// Changes numbers in place.
  case elementwise
  case other(String)
  /// Nothing: a result is used again.
  case copy

  init(_ kind: OperationKind) {
    switch kind {
    case .convolution(let window, _, let groups, let activation):
      var label = "\(window.window.text) convolution" + Self.step(window) + Self.suffix(activation)
      if groups > 1 { label += ", \(groups) groups" }
      self = window.window == 1 ? .pointConvolution(label) : .convolution(label)
    case .transposedConvolution(let window, _, _, let activation):
      self = .enlarge("\(window.window.text) transposed convolution" + Self.step(window) + Self.suffix(activation))
    case .maxPool(let window, _): self = .pool("\(window.window.text) max pool" + Self.poolStep(window))
    case .averagePool(let window, _): self = .pool("\(window.window.text) average pool" + Self.poolStep(window))
    case .adaptiveAveragePool(let size): self = .pool("average pool to \(size.text)")
    case .resize(_, .bilinearAlignedCorners): self = .enlarge("bilinear resize, aligned corners")
    case .resize(_, let interpolation): self = .enlarge("\(interpolation) resize")
    case .groupNormalization: self = .elementwise
    default: self = kind.isPointwise ? .elementwise : .other(kind.name)
    }
  }

  /// What the legend says.
  package var label: String {
    switch self {
    case .convolution(let label), .pointConvolution(let label), .pool(let label), .enlarge(let label),
      .other(let label):
      label
    case .elementwise: "elementwise"
    case .copy: "joined or added, unchanged"
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
    case .convolution: Style(color: 1, width: 1.4, dashes: ["none", "14 2", "9 2"])
    case .pointConvolution: Style(color: 5, width: 1.6, dashes: ["2 2.5"])
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

extension WeightTable {
  /// A layer of another program's network, and where it is in ours.
  public struct Layer: Sendable, Hashable {
    /// What the arrays of a layer are, which decides how they are turned.
    public enum Kind: Sendable, Hashable {
      /// Filters of a `Conv2D`, with groups too.
      case convolution
      /// A filter for each channel: in Keras `[height, width, channels, multiplier]`.
      case depthwiseConvolution
      /// Filters of a `TransposedConv2D`: in PyTorch `[inputs, outputs, height, width]`.
      case transposedConvolution
      /// The matrix of a `Dense`, or of a `Conv2D` whose window is the dense layer's whole input.
      case dense
      /// Follows the convolution at the property path `after`; folded into it where our network has no `BatchNorm`.
      case batchNormalization(after: String?, epsilon: Double?)
      /// Scale and offset of a `LayerNorm` or `GroupNorm`.
      case normalization
      /// One array that is taken as it is, and whose name is the layer's.
      case array
    }

    /// In the other program.
    public let name: String
    /// The property path in our network; `nil` where the layer is left out on purpose.
    public let path: String?
    /// What its arrays are.
    public let kind: Kind
    /// Whether a convolution or dense layer has a bias there.
    public let hasBias: Bool

    public static func convolution(_ name: String, _ path: String?, bias: Bool = true) -> Layer {
      Layer(name: name, path: path, kind: .convolution, hasBias: bias)
    }

    public static func depthwiseConvolution(_ name: String, _ path: String?, bias: Bool = true) -> Layer {
      Layer(name: name, path: path, kind: .depthwiseConvolution, hasBias: bias)
    }

    public static func transposedConvolution(_ name: String, _ path: String?, bias: Bool = true) -> Layer {
      Layer(name: name, path: path, kind: .transposedConvolution, hasBias: bias)
    }

    public static func dense(_ name: String, _ path: String?, bias: Bool = true) -> Layer {
      Layer(name: name, path: path, kind: .dense, hasBias: bias)
    }

    /// - Parameters:
    ///   - name: in the other program.
    ///   - path: of a `BatchNorm` in our network; `nil` where it never has one.
    ///   - convolution: the property path of the convolution before it, into which it is folded where our network has
    ///     none; `nil` where it cannot be.
    ///   - epsilon: what is added to the variance before its root, where it is not the convention's.
    public static func batchNormalization(
      _ name: String, _ path: String?, after convolution: String?, epsilon: Double? = nil
    ) -> Layer {
      Layer(name: name, path: path, kind: .batchNormalization(after: convolution, epsilon: epsilon), hasBias: true)
    }

    public static func normalization(_ name: String, _ path: String?) -> Layer {
      Layer(name: name, path: path, kind: .normalization, hasBias: true)
    }

    public static func array(_ name: String, _ path: String?) -> Layer {
      Layer(name: name, path: path, kind: .array, hasBias: false)
    }
  }
}

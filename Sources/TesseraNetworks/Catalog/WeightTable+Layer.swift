extension WeightTable {
  /// A layer of another program's network, and where it is in ours.
  public struct Layer: Sendable, Hashable {
    /// What the arrays of a layer are, which decides how they are transposed. The raw values are Keras' names.
    public enum Kind: String, Sendable {
      /// Filters of a `Conv2D`, with groups too.
      case convolution = "conv2d"
      /// A filter for each channel: in Keras `[height, width, channels, multiplier]`.
      case depthwiseConvolution = "depthwise_conv2d"
      /// Filters of a `TransposedConv2D`: in PyTorch `[inputs, outputs, height, width]`.
      case transposedConvolution = "conv2d_transpose"
      /// The matrix of a `Dense`, or of a `Conv2D` whose window is the dense layer's whole input.
      case dense
      /// A `BatchNorm`, or a part of the convolution before it where our network has none.
      case batchNormalization = "batch_normalization"
      /// Scale and offset of a `LayerNorm` or `GroupNorm`.
      case normalization = "layer_normalization"
      /// One array that is used as it is, and whose name is the layer's.
      case array
    }

    /// One of several equal parts, which lie one after another.
    package struct Share: Sendable, Hashable {
      package let index: Int
      package let count: Int
    }

    /// A parameter of a layer, as its property is called here; a `Dense` calls its filter `weight`.
    public enum Property: String, Sendable { case filter, bias, scale, offset, runningMean, runningVariance }

    /// The name in the other program.
    public private(set) var name: String
    /// The property path in our network; `nil` if the layer is left out on purpose, or always folded.
    public let path: String?
    /// What its arrays are.
    public let kind: Kind
    /// Whether a convolution or dense layer has a bias there.
    public var hasBias = true
    /// Which part of the outputs there is this layer's, where one layer there is several here; `nil` for all.
    package var share: Share?
    /// The property path of the convolution before a batch normalization.
    public var convolution: String?
    /// What a batch normalization adds to the variance before its root; `nil` for the convention's.
    public var epsilon: Double?
    /// Whether the name is its user's choice: unless the file has the name, the layer is the next one of its kind in
    /// the program's order.
    public var isFoundByOrder = false

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
    ///   - path: of a `BatchNorm` in our network; `nil` if it never has one.
    ///   - convolution: the property path of the convolution before it, into which it is folded if our network has
    ///     none, and whose bias becomes part of its mean if ours has no bias; `nil` if neither can be.
    ///   - epsilon: what is added to the variance before its root, if not the convention's.
    public static func batchNormalization(
      _ name: String, _ path: String?, after convolution: String?, epsilon: Double? = nil
    ) -> Layer {
      Layer(name: name, path: path, kind: .batchNormalization, convolution: convolution, epsilon: epsilon)
    }

    public static func normalization(_ name: String, _ path: String?) -> Layer {
      Layer(name: name, path: path, kind: .normalization)
    }

    public static func array(_ name: String, _ path: String?) -> Layer { Layer(name: name, path: path, kind: .array) }

    /// A convolution that programs name as their users like, such as `conv2d_17`.
    public static func convolution(at path: String, bias: Bool = true) -> Layer {
      var layer = convolution(path, path, bias: bias)
      layer.isFoundByOrder = true
      return layer
    }

    /// A transposed convolution that programs name as their users like.
    public static func transposedConvolution(at path: String, bias: Bool = true) -> Layer {
      var layer = transposedConvolution(path, path, bias: bias)
      layer.isFoundByOrder = true
      return layer
    }

    /// The same layer under the name that a file has for it.
    package func named(_ name: String) -> Layer {
      var layer = self
      layer.name = name
      return layer
    }

    /// In the order in which programs keep them; none for a single array.
    package var properties: [Property] {
      switch kind {
      case .convolution, .depthwiseConvolution, .transposedConvolution, .dense: hasBias ? [.filter, .bias] : [.filter]
      case .batchNormalization: [.scale, .offset, .runningMean, .runningVariance]
      case .normalization: [.scale, .offset]
      case .array: []
      }
    }
  }
}

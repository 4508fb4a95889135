import TesseraKernels

/// What goes into an exported network, what comes out of it, and which sizes are open.
public struct ONNXOptions: Sendable, Hashable {
  /// The pixels that the exported network takes.
  public enum Pixels: String, Sendable, Codable, CaseIterable {
    /// Red, green, blue in 0...255; the weights' normalization is part of the graph.
    case bytes
    /// Red, green, blue in 0...1; the weights' normalization is part of the graph.
    case unit
    /// What the weights expect, in their channel order; the graph begins with the first layer.
    case normalized
  }

  /// What the exported network returns for each pixel.
  public enum Result: String, Sendable, Codable, CaseIterable {
    /// A score for each class, as the network computes it.
    case logits
    /// The softmax of the logits.
    case probabilities
    /// The class with the largest score, ignoring void: the mask itself, 64-bit integers `[batch, height, width]`.
    case classes
  }

  /// The order of a picture's axes, for both the input and the scores.
  public enum Layout: String, Sendable, Codable, CaseIterable {
    /// `[batch, channels, height, width]`, ONNX's own.
    case nchw
    /// `[batch, height, width, channels]`, Tessera's.
    case nhwc
  }

  public var pixels: Pixels
  public var result: Result
  public var layout: Layout
  /// Pictures per batch; `nil` for any number.
  public var batch: Int?
  /// The pictures' size in pixels; `nil` for any multiple of the network's size multiple.
  public var size: Extent?

  public init(
    pixels: Pixels = .bytes, result: Result = .logits, layout: Layout = .nchw, batch: Int? = nil, size: Extent? = nil
  ) {
    self.pixels = pixels
    self.result = result
    self.layout = layout
    self.batch = batch
    self.size = size
  }
}

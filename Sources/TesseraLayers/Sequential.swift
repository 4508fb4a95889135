import TesseraAutograd

/// Layers that run one after another.
///
/// ```swift
/// let head = Sequential(
///   Conv2D(from: 512, to: 512, kernel: 3, activation: .relu, random: &random), Dropout(0.5),
///   Conv2D(from: 512, to: 21, kernel: 1, random: &random))
/// ```
public struct Sequential: Layer {
  /// The layers in the order in which they run.
  public let layers: [any Layer]

  public init(_ layers: any Layer...) { self.layers = layers }

  public init(_ layers: [any Layer]) { self.layers = layers }

  public func callAsFunction(_ input: consuming Variable) -> Variable {
    var value = input
    for layer in layers { value = layer(consume value) }
    return value
  }
}

import TesseraAutograd

/// Layers one after the other.
///
/// A pass without a tape computes batch normalizations and activations that follow a convolution as part of it.
///
/// ```swift
/// let head = Sequential(
///   Conv2D(from: 512, to: 512, kernel: 3, activation: .relu, random: &random), Dropout(0.5),
///   Conv2D(from: 512, to: 21, kernel: 1, random: &random))
/// ```
public struct Sequential: Layer {
  /// In the order in which they run.
  public let layers: [any Layer]

  public init(_ layers: any Layer...) { self.layers = layers }

  public init(_ layers: [any Layer]) { self.layers = layers }

  public func callAsFunction(_ input: consuming Variable) -> Variable {
    var value = input
    var rest = layers[...]
    while let layer = rest.popFirst() {
      let convolution = value.tape == nil ? layer as? any ConvolutionLayer : nil
      let next: any Layer = convolution?.folding(&rest) ?? layer
      value = next(consume value)
    }
    return value
  }
}

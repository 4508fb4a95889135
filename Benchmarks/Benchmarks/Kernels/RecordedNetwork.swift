import Tessera

/// The operations of a pass through a network, read from a tape, so no list of its layers is kept by hand.
struct RecordedNetwork: Sendable {
  let name: String
  let make: @Sendable () -> any SegmentationModel
  /// The convolutions in the order in which they run, for one picture of `recordedSize`.
  private let convolutions: [ConvolutionLayer]

  /// The smallest picture that both networks take: the pass costs little, and every layer grows with the picture.
  private static let recordedSize = 32

  /// U-Net and FCNN at full width, with 151 classes.
  static let all = [
    RecordedNetwork("U-Net") { UNet(.init(classes: 151), random: RandomStream(seed: 0)) },
    RecordedNetwork("FCNN") { FCNN(.init(classes: 151), random: RandomStream(seed: 0)) },
  ]

  private init(_ name: String, make: @escaping @Sendable () -> any SegmentationModel) {
    let model = make()
    let tape = Tape(mode: .inference)
    _ = model(tape.input(.zeros([1, Self.recordedSize, Self.recordedSize, 3])))
    let layers = Self.layers(in: model)
    self.name = name
    self.make = make
    convolutions = tape.operations.compactMap { operation in
      guard let filter = operation.parameters.first, let layer = layers[ObjectIdentifier(filter)] else { return nil }
      return ConvolutionLayer(layer, resultSize: operation.shape[1])
    }
  }

  /// Returns the convolutions for `batch` pictures of `size` x `size` pixels.
  func convolutions(batch: Int, size: Int) -> [ConvolutionLayer] {
    convolutions.map { $0.enlarged(size / Self.recordedSize, batch: batch) }
  }

  /// Returns the multiply-adds of a forward pass; only those of convolutions count.
  func multiplyAdds(batch: Int, size: Int) -> Int {
    convolutions(batch: batch, size: size).reduce(0) { $0 + $1.multiplyAdds }
  }

  /// Returns the convolutions among a module's parts, by their filters.
  private static func layers(in part: Any) -> [ObjectIdentifier: any Layer] {
    switch part {
    case let layer as Conv2D: return [ObjectIdentifier(layer.filter): layer]
    case let layer as TransposedConv2D: return [ObjectIdentifier(layer.filter): layer]
    default:
      return Mirror(reflecting: part).children.reduce(into: [:]) { found, child in
        found.merge(layers(in: child.value)) { first, _ in first }
      }
    }
  }
}

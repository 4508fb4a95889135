import TesseraImaging
import TesseraTensors

/// What one training step eats.
public struct Batch: Sendable {
  /// Not yet normalized, `[batch, height, width, channels]`; of photographs red, green, blue in 0...255.
  public let images: Tensor

  /// The true classes of the same pixels.
  public let masks: MaskBatch

  /// The samples' names, for pictures and messages.
  public let names: [String]

  public init(images: Tensor, masks: MaskBatch, names: [String]) {
    self.images = images
    self.masks = masks
    self.names = names
  }
}

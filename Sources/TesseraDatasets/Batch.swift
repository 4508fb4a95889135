import TesseraImaging
import TesseraTensors

/// The samples of one training step.
public struct Batch: Sendable {
  /// The images, not yet normalized, `[batch, height, width, channels]`; for photographs red, green, blue in 0...255.
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

import TesseraAutograd
import TesseraTensors

extension SegmentationModel {
  /// Logits `[batch, height, width, classes]` of raw pictures: normalizes them as the weights expect, so nobody can
  /// forget it.
  ///
  /// ```swift
  /// let logits = model.logits(of: batch.images, on: tape)   // trains
  /// let classes = model.logits(of: batch.images).value.argmax()
  /// ```
  /// - Parameters:
  ///   - images: raw pixels `[batch, height, width, channels]`, of photographs in 0...255.
  ///   - tape: where the pass is recorded; `nil` for inference.
  public func logits(of images: Tensor, on tape: Tape? = nil) -> Variable {
    self(tape?.input(normalization(images)) ?? Variable(normalization(images)))
  }

  /// All logits of raw pictures that training compares with the masks.
  ///
  /// - Parameters:
  ///   - images: raw pixels `[batch, height, width, channels]`, of photographs in 0...255.
  ///   - tape: where the pass is recorded.
  public func trainingLogits(of images: Tensor, on tape: Tape) -> [WeightedLogits] {
    trainingLogits(of: tape.input(normalization(images)))
  }
}

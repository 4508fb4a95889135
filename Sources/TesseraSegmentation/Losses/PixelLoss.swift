import TesseraAutograd
import TesseraImaging
import TesseraTensors

/// The loss of a batch of pictures: the mean over counted pixels, and what a progress report needs.
public struct PixelLoss {
  /// A scalar on the tape of the logits.
  public let mean: Variable
  /// What the mean was divided by: counted pixels, or the sum of their class weights. Means over several batches are
  /// weighted by it.
  public let weight: Double
  /// Pixels that are not void.
  public let counted: Int
  /// Counted pixels whose largest logit is the true class.
  public let correct: Int
  /// What the mean is made of, by names for progress and logs: `["entropy": 0.7, "dice": 0.4]`.
  public var parts: [String: Float] = [:]

  /// The result of your own loss; `mean` is the mean over the `counted` pixels.
  ///
  /// - Parameters:
  ///   - mean: the loss, one number.
  ///   - counted: the number of pixels that are not void.
  ///   - correct: how many of these the largest logit gets right.
  ///   - weight: what the mean was divided by, where that is not the number of counted pixels.
  public init(mean: Variable, counted: Int, correct: Int, weight: Double? = nil) {
    self.mean = mean
    self.weight = weight ?? Double(counted)
    self.counted = counted
    self.correct = correct
  }

  /// The result of your own loss, whose pixels are counted here: those that are not void, and those among them whose
  /// largest logit is the true class.
  ///
  /// - Parameters:
  ///   - mean: the loss, one number.
  ///   - logits: `[batch, height, width, outputs]`.
  ///   - masks: the true classes.
  ///   - weight: what the mean was divided by, where that is not the number of counted pixels.
  public init(mean: Variable, logits: Variable, masks: MaskBatch, weight: Double? = nil) {
    masks.check(logits, in: "PixelLoss")
    let (labels, void) = masks.targets
    let correct = zip(logits.value.argmax(), labels).count { $0 == $1 && $1 != void }
    self.init(mean: mean, counted: masks.countedPixels, correct: correct, weight: weight)
  }

  /// The share of counted pixels that are correct; 0 if none is counted.
  public var accuracy: Float { counted == 0 ? 0 : Float(correct) / Float(counted) }
}

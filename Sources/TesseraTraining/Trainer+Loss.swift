import TesseraAutograd
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

extension Trainer {
  /// The loss that a step minimizes: the weighted sum over all that a network gives training to compare with the masks.
  ///
  /// What is counted is counted in the network's own logits. Where there are others, the losses are also the parts
  /// `main`, `auxiliary`, `auxiliary2` and so on, each without its weight.
  ///
  /// - Parameters:
  ///   - outputs: the network's own logits first.
  ///   - masks: the true classes.
  ///   - lesson: what a teacher says, which the network's own logits learn from; `nil` without one.
  func loss(of outputs: [WeightedLogits], _ masks: MaskBatch, taught lesson: TeacherLogits? = nil) -> PixelLoss {
    require(!outputs.isEmpty, "Trainer: the network's trainingLogits(of:) must give at least its own logits; got none")
    let own =
      if let teaching, let lesson {
        teaching.loss(outputs[0].logits, masks, lesson)
      } else {
        loss(outputs[0].logits, masks)
      }
    // The usual case, which computes nothing more.
    if outputs.count == 1 && outputs[0].weight == 1 { return own }
    let losses = [own] + outputs.dropFirst().map { loss($0.logits, masks) }
    let terms = zip(losses, outputs).map { $1.weight == 1 ? $0.mean : $0.mean * $1.weight }
    var total = PixelLoss(
      mean: terms.dropFirst().reduce(terms[0], +), counted: own.counted, correct: own.correct, weight: own.weight)
    total.parts = own.parts
    for (index, loss) in losses.enumerated() {
      total.parts[index == 0 ? "main" : index == 1 ? "auxiliary" : "auxiliary\(index)"] = loss.mean.value.item
    }
    return total
  }
}

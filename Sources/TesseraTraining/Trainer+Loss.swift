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
  func loss(of outputs: [WeightedLogits], _ masks: MaskBatch) -> PixelLoss {
    require(!outputs.isEmpty, "Trainer: the network's trainingLogits(of:) must give at least its own logits; got none")
    let losses = outputs.map { loss($0.logits, masks) }
    let own = losses[0]
    // The usual case, which computes nothing more.
    if outputs.count == 1 && outputs[0].weight == 1 { return own }
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

import Foundation
import TesseraAutograd
import TesseraSegmentation
import TesseraTensors

/// What a batch contributes to a step besides its gradients, as all ranks learn it.
struct BatchOutcome: Codable {
  let loss: Float
  /// What the mean loss was divided by.
  let weight: Double
  let counted: Int
  let correct: Int
  let parts: [String: Float]
  let names: [String]
  /// How the pass moves running statistics.
  let moves: Moves

  init(_ loss: PixelLoss, names: [String] = [], moves: Moves = Moves()) {
    self.loss = loss.mean.value.item
    weight = loss.weight
    counted = loss.counted
    correct = loss.correct
    parts = loss.parts
    self.names = names
    self.moves = moves
  }

  /// What parts of a batch contribute together.
  init(_ total: PixelTotal, names: [String], moves: Moves = Moves()) {
    (loss, weight, counted, correct, parts) = (total.loss, total.weight, total.counted, total.correct, total.parts)
    self.names = names
    self.moves = moves
  }

  /// The weight of its gradients: 0 if there is nothing to learn, as where a crop is entirely void.
  var gradientWeight: Double { counted > 0 ? weight : 0 }

  /// Steps of running statistics; parameters are named by their indices among those of the model.
  struct Moves: Codable {
    private var parameters: [Int] = []
    private var kept: [Float] = []
    /// All additions, one after the other.
    private var additions = Data()

    init() {}

    init(_ moves: [StatisticMove], indices: [ObjectIdentifier: Int]) {
      for move in moves {
        guard let index = indices[ObjectIdentifier(move.statistic)] else { continue }
        parameters.append(index)
        kept.append(move.kept)
        move.addition.withUnsafeBufferPointer { additions.append(Data(buffer: $0)) }
      }
    }

    /// Moves the statistics of the same model.
    func apply(to statistics: [Parameter]) {
      var start = 0
      for (index, kept) in zip(parameters, kept) {
        let statistic = statistics[index]
        let length = statistic.shape.elementCount * MemoryLayout<Float>.stride
        let addition = Tensor(shape: statistic.shape) { elements in
          _ = additions[start..<start + length].copyBytes(to: elements)
        }
        StatisticMove(statistic, keeping: kept, adding: addition).apply()
        start += length
      }
    }
  }
}

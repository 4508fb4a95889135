import TesseraKernels
import TesseraTensors

/// A step of a running statistic, which a training pass finds: a share of the old value is kept, and the rest added.
package struct StatisticMove {
  package let statistic: Parameter
  /// The share of the old value that is kept.
  package let kept: Float
  /// Of the statistic's shape.
  package let addition: Tensor

  package init(_ statistic: Parameter, keeping kept: Float, adding addition: Tensor) {
    self.statistic = statistic
    self.kept = kept
    self.addition = addition
  }

  /// Moves the statistic.
  package func apply() { statistic.value = statistic.value * kept + addition }
}

extension Tape {
  /// Moves a running statistic of a layer: `statistic = statistic * kept + addition`.
  ///
  /// It happens at once, unless whoever made the tape holds such steps back, to take those of several batches in order.
  /// - Parameters:
  ///   - statistic: of the kind `.statistic`.
  ///   - kept: the share of the old value that is kept.
  ///   - addition: of the statistic's shape.
  public func move(_ statistic: Parameter, keeping kept: Float, adding addition: Tensor) {
    take(StatisticMove(statistic, keeping: kept, adding: addition))
  }

  func take(_ move: StatisticMove) {
    if heldMoves == nil { move.apply() } else { heldMoves?.append(move) }
  }
}

import TesseraFiles

/// How far a run has come: where its data and its random numbers continue.
///
/// Both are functions of counts, so counts are all there is to keep: the loader finds any batch of any epoch without
/// reading those before it, and dropout derives its numbers from the step.
public struct TrainingPosition: Sendable, Codable, Equatable {
  /// Epochs that are done, validation included.
  public internal(set) var epoch = 0
  /// Steps that are done in the current epoch.
  public internal(set) var stepInEpoch = 0
  /// Steps that are done in the whole run.
  public internal(set) var step = 0
  /// The epoch's seconds so far.
  public internal(set) var secondsInEpoch = 0.0
  /// The latest steps in a row without a counted pixel.
  var voidInARow = 0
  /// The epoch's losses so far.
  var total = PixelTotal()

  /// The beginning of a run.
  init() {}

  private enum CodingKeys: CodingKey { case epoch, stepInEpoch, step, secondsInEpoch, voidInARow, total }

  public init(from decoder: any Decoder) throws {
    let position = try decoder.container(keyedBy: CodingKeys.self)
    epoch = try position.count(.epoch)
    stepInEpoch = try position.count(.stepInEpoch)
    step = try position.count(.step)
    secondsInEpoch = try position.real(.secondsInEpoch, in: 0...1e15)
    voidInARow = try position.count(.voidInARow)
    total = try position.decode(PixelTotal.self, forKey: .total)
  }

  /// This many steps in a row without a counted pixel are a mistake in the void value, not chance.
  private static let mostVoidSteps = 3

  /// Counts a step, which trained on `samples`.
  mutating func advance(_ step: PixelTotal, samples: @autoclosure () -> [String]) throws(TrainingError) {
    self.step += 1
    stepInEpoch += 1
    total += step
    voidInARow = step.counted == 0 ? voidInARow + 1 : 0
    if voidInARow >= Self.mostVoidSteps {
      throw .nothingCounted(steps: voidInARow, step: self.step, samples: samples())
    }
  }

  /// Where a run that was here resumes: one that ended for lack of counted pixels may try as many steps again.
  var resumed: TrainingPosition {
    var position = self
    if voidInARow >= Self.mostVoidSteps { position.voidInARow = 0 }
    return position
  }

  /// Moves on to the next epoch.
  mutating func endEpoch() {
    epoch += 1
    stepInEpoch = 0
    secondsInEpoch = 0
    total = PixelTotal()
  }
}

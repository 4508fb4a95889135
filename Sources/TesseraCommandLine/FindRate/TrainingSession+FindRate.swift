import Tessera
import TesseraTerminal

extension TrainingSession {
  /// Each rate that does not train is followed by one this many times lower.
  private static let retreat = 3.0
  /// The number of rates that are tried.
  private static let mostTrials = 4

  /// Lets the rate rise, names one, and trains with it from the beginning as a trial; with a lower one if the loss does
  /// not fall.
  ///
  /// - Parameter make: makes the network with fresh weights, the same each time, and a function that loads the weights
  ///   it starts from.
  /// - Throws: `RateTestError`, or what training throws.
  func findRate<Model: SegmentationModel>(
    from: Double, to: Double, steps: Int, making make: () throws -> (Model, load: () throws -> Void)
  ) async throws -> FoundRate {
    let curve = try await curve(from: from, to: to, steps: steps, showing: "rising", making: make)
    var rate = try curve.learningRate()
    var refused: [Double] = []
    while refused.count < Self.mostTrials {
      let trial = try await self.curve(from: rate, to: rate, steps: steps, showing: "trial", making: make)
      if trial.falls { return FoundRate(rate: rate, curve: curve, trial: trial, refused: refused) }
      refused.append(rate)
      rate = RateCurve.rounded(rate / Self.retreat)
    }
    throw RateTestError.noRateHolds(refused)
  }

  /// Trains a network while the rate rises, with this run's data, loss, optimizer and step.
  private func curve<Model: SegmentationModel>(
    from: Double, to: Double, steps: Int, showing label: String,
    making make: () throws -> (Model, load: () throws -> Void)
  ) async throws -> RateCurve {
    let (model, load) = try make()
    let saving = try await limited(for: model).saving
    try await memoryNeed(of: model, saving: saving).check(for: self)
    try load()
    // One epoch of as many steps, in the order of the run's own.
    var lengthened = options
    lengthened.stepsPerEpoch = steps
    let loader = padded(Self.trainingLoader(data.training, lengthened, context), for: model)
    let line = StatusLine()
    var done = 0
    let test = RateTest(from: from, to: to, steps: steps) { point in
      done += 1
      line.draw("\(label) \(done)/\(steps): rate \(RateCurve.rounded(point.rate)), loss \(Float(point.loss))")
    }
    let trainer = Trainer(
      model, optimizer: recipe.makeOptimizer(for: model), schedule: test.schedule, loss: recipe.loss,
      teaching: teacher.map { recipe.teaching(by: $0.teacher) }, step: recipe.makeStep(for: model, saving),
      random: random, observers: [test])
    defer { line.clear() }
    return try await test.curve(of: trainer, on: loader)
  }
}

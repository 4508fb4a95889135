import Foundation
import TesseraOptimizers
import Testing

/// Rates as PyTorch's schedulers give them (scripts/golden/schedules.py).
@Suite struct LearningRateGoldenTests {
  struct Golden: Decodable {
    let scores: [Double]
    let rates: [String: [Double]]

    static func read() throws -> Golden {
      let folder = URL(filePath: #filePath).deletingLastPathComponent()
      return try JSONDecoder().decode(
        Golden.self, from: Data(contentsOf: folder.appending(path: "Golden/schedules.json")))
    }
  }

  static let schedules: [String: LearningRateSchedule] = [
    "step": .step(from: 0.5, by: 0.3, every: 7),
    "step.warmUp": .step(from: 0.5, by: 0.3, every: 7, warmUp: 5),
    "exponential": .exponential(from: 0.5, decay: 0.9),
    "exponential.every": .exponential(from: 0.5, decay: 0.5, every: 20),
    "exponential.warmUp": .exponential(from: 0.5, decay: 0.9, warmUp: 5),
    "cosine": .cosine(from: 0.5, to: 0.01, over: 60),
    "polynomial": .polynomial(from: 0.5, over: 60),
    "restarts": .restarts(from: 0.5, to: 0.01, first: 7),
    "restarts.longer": .restarts(from: 0.5, to: 0.01, first: 4, factor: 2),
    "restarts.warmUp": .restarts(from: 0.5, first: 4, factor: 2, warmUp: 5),
    "oneCycle": .oneCycle(peak: 0.5, over: 60),
    "oneCycle.rise": .oneCycle(peak: 0.5, over: 60, warmUp: 15, startDivisor: 10, endDivisor: 100),
    "oneCycle.short": .oneCycle(peak: 0.5, over: 3),
  ]

  static let stepsPerEpoch = 3
  static let plateaus: [String: LearningRateSchedule] = [
    "plateau": .onPlateau(from: 0.5, stepsPerEpoch: stepsPerEpoch),
    "plateau.patience": .onPlateau(from: 0.5, patience: 2, stepsPerEpoch: stepsPerEpoch),
    "plateau.none": .onPlateau(from: 0.5, factor: 0.5, patience: 0, least: 0.003, stepsPerEpoch: stepsPerEpoch),
    "plateau.relative": .onPlateau(
      from: 0.5, factor: 0.3, patience: 3, threshold: .relative(0.05), stepsPerEpoch: stepsPerEpoch),
    "plateau.absolute": .onPlateau(
      from: 0.5, factor: 0.3, patience: 3, threshold: .absolute(0.03), stepsPerEpoch: stepsPerEpoch),
  ]

  @Test(arguments: schedules.keys.sorted()) func followsPyTorch(name: String) throws {
    let schedule = try #require(Self.schedules[name])
    for (step, rate) in try #require(Golden.read().rates[name]).enumerated() {
      // PyTorch multiplies one rate by the next, which adds roundings up.
      #expect(abs(schedule(step) - rate) <= 1e-12 * 0.5, "step \(step): \(schedule(step)), golden \(rate)")
    }
  }

  @Test(arguments: plateaus.keys.sorted()) func followsPyTorchOnAPlateau(name: String) throws {
    let golden = try Golden.read()
    let schedule = try #require(Self.plateaus[name])
    let rates = try #require(golden.rates[name])
    for (epoch, rate) in rates.enumerated() {
      for step in epoch * Self.stepsPerEpoch..<(epoch + 1) * Self.stepsPerEpoch {
        // The scores so far, and those of the whole run: later ones change nothing about a step.
        for scores in [Array(golden.scores.prefix(epoch)), golden.scores] {
          let own = schedule(step, scores: scores)
          #expect(abs(own - rate) <= 1e-14, "step \(step): \(own), golden \(rate)")
        }
      }
    }
    if name != "plateau" { #expect(Set(rates).count > 2, "the golden rate never falls") }
  }

  @Test func everyGoldenCaseIsRun() throws {
    #expect(try Golden.read().rates.keys.sorted() == (Array(Self.schedules.keys) + Self.plateaus.keys).sorted())
  }
}

import Foundation
import Tessera

/// A learning rate, and what it follows from.
struct FoundRate {
  let rate: Double
  let curve: RateCurve
  /// Training at the rate.
  let trial: RateCurve
  /// Rates that follow from the curve, but did not train.
  let refused: [Double]

  /// - Parameter command: uses it.
  func text(command: String) -> String {
    var lines: [String] = []
    if let lowest = curve.lowest {
      let fastest = curve.steepestRate.map { String(format: ", falling fastest at %.2g", $0) } ?? ""
      lines.append(
        String(format: "loss: lowest (%.4g) at the rate %.2g", lowest.loss, lowest.rate) + fastest
          + String(format: curve.diverged ? ", lost at %.2g" : ", not lost up to %.2g", curve.points.last?.rate ?? 0))
    }
    if !refused.isEmpty {
      lines.append("did not train at \(refused.map { "\($0)" }.joined(separator: ", "))")
    }
    if let first = trial.smoothed.first, let last = trial.smoothed.last {
      lines.append(
        String(format: "trial: loss %.4g to %.4g", first.loss, last.loss) + " in \(trial.points.count) steps at \(rate)"
      )
    }
    return (lines + ["learning rate \(rate): \(command)"]).joined(separator: "\n")
  }

  /// - Parameter command: uses it.
  func json(command: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let record = Record(
      learningRate: rate, command: command, lowestLossRate: curve.lowest?.rate, steepestRate: curve.steepestRate,
      diverged: curve.diverged, refused: refused, window: curve.window, points: curve.points,
      trial: trial.points.map(\.loss))
    return String(decoding: try encoder.encode(record), as: UTF8.self)
  }

  private struct Record: Encodable {
    let learningRate: Double, command: String, lowestLossRate, steepestRate: Double?, diverged: Bool, refused: [Double]
    let window: Int, points: [RateCurve.Point], trial: [Double]
  }
}

extension ArgumentList {
  /// The words without some options.
  ///
  /// - Parameters:
  ///   - values: the names of options with a value, which is in the same word after an equals sign or in the next one.
  ///   - flags: those of options without.
  func leavingOut(values: Set<String>, flags: Set<String>) -> [String] {
    var kept: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      let name = String(word.prefix { $0 != "=" })
      if values.contains(name) {
        if name == word { _ = rest.popFirst() }
      } else if !flags.contains(word) {
        kept.append(word)
      }
    }
    return kept
  }
}

import TesseraDatasets
import TesseraNetworks

/// The value of `--optimizer`.
package enum OptimizerName: String, OptionValue, CaseIterable {
  case adam, adamw, rmsprop, sgd
}

/// The value of `--schedule`.
package enum ScheduleName: String, OptionValue, CaseIterable {
  case constant, cosine, polynomial, step, exponential
  case oneCycle = "one-cycle"
  case restarts, plateau
}

extension Augmentation: OptionValue {}

/// A number or `none`; what the layout says has no word.
extension VoidChoice: OptionValue {
  package static func read(_ word: String) -> VoidChoice? {
    word == "none" ? VoidChoice.none : Int(word).flatMap { (0...Int(UInt16.max)).contains($0) ? .value($0) : nil }
  }

  package var word: String { if case .value(let value) = self { "\(value)" } else { "none" } }
  public func encode(to encoder: any Encoder) throws { try word.encode(to: encoder) }
}

/// The value of `--rate-of`: a property path and a multiple of the learning rate.
package struct RateMultiple: OptionValue {
  let name: String
  let factor: Double

  package static func read(_ word: String) -> RateMultiple? {
    let parts = word.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let factor = Double(parts[1]),
      OptionRule<Double>.singlePrecision.holds(factor)
    else { return nil }
    return RateMultiple(name: String(parts[0]), factor: factor)
  }

  package var word: String { "\(name)=\(factor)" }
}

/// The value of `--class-weights`: numbers, or the file that holds them.
package struct ClassWeightList: OptionValue {
  package let word: String
  /// `nil` before they are read.
  package var numbers: [Double]?

  package static func read(_ word: String) -> ClassWeightList? { ClassWeightList(word: word) }
  package func encode(to encoder: any Encoder) throws { try numbers.encode(to: encoder) }
}

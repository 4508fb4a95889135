import TesseraDatasets
import TesseraNetworks
import TesseraSegmentation

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

extension Augmentation: OptionValue {
  package static func complaint(about word: String) -> String? {
    do throws(AugmentationError) {
      _ = try Augmentation(parsing: word)
      return nil
    } catch {
      return error.description
    }
  }
}

extension SegmentationLoss: OptionValue {
  package static func read(_ word: String) -> SegmentationLoss? { SegmentationLoss(rawValue: word) }
  package var word: String { rawValue }
  package static var words: [String] { lossWords.map { String($0.word.prefix { $0 != "=" }) } }

  package static func complaint(about word: String) -> String? {
    do throws(LossError) {
      _ = try SegmentationLoss(parsing: word)
      return nil
    } catch {
      return error.description
    }
  }
}

/// A number or `none`; what the layout says has no word.
extension VoidChoice: OptionValue {
  package static func read(_ word: String) -> VoidChoice? {
    word == "none" ? VoidChoice.none : Int(word).flatMap { (0...Int(UInt16.max)).contains($0) ? .value($0) : nil }
  }

  package var word: String { if case .value(let value) = self { "\(value)" } else { "none" } }
  public func encode(to encoder: any Encoder) throws { try word.encode(to: encoder) }
}

/// The value of `--layout`.
package struct LayoutName: OptionValue, Equatable {
  package let word: String
  package var layout: DataLayout? { DataLayout.named(word) }

  package static func read(_ word: String) -> LayoutName? {
    DataLayout.named(word).map { _ in LayoutName(word: word) }
  }
  package static var words: [String] { DataLayout.known.map(\.name) }
  package func encode(to encoder: any Encoder) throws { try word.encode(to: encoder) }
}

/// The value of `--held-out`: a share, or a file of names.
package enum HeldOutChoice: OptionValue, Equatable {
  case share(Double)
  case list(String)

  package static func read(_ word: String) -> HeldOutChoice? {
    if let share = Double(word) { return share > 0 && share < 1 ? .share(share) : nil }
    // 20% and 0,2 are meant as shares, not as names of files.
    return word.allSatisfy { $0.isNumber || ",.% ".contains($0) } ? nil : .list(word)
  }

  /// A share is one.
  package static var isNumber: Bool { true }

  static let rule = OptionRule<HeldOutChoice>(
    words: "be a share between 0 and 1 with a decimal point, such as 0.2, or a file that names pictures")

  package var word: String {
    switch self {
    case .share(let share): "\(share)"
    case .list(let path): path
    }
  }
  package func encode(to encoder: any Encoder) throws { try word.encode(to: encoder) }
}

/// The value of `--only-classes`: names with commas between them.
package struct ClassNames: OptionValue, Equatable {
  package let word: String
  package var names: [String] { Self.names(in: word) }

  package static func read(_ word: String) -> ClassNames? {
    let names = names(in: word)
    return names.count >= 2 && names.allSatisfy { !$0.isEmpty } ? ClassNames(word: word) : nil
  }

  /// As of numbers, the rule says what is wrong.
  package static var isNumber: Bool { true }

  static let rule = OptionRule<ClassNames>(
    words:
      "name at least 2 classes with commas between them, such as road,car (of one against all others, --classes-map FILE "
      + "with the lines 'road = road' and '* = other')")

  private static func names(in word: String) -> [String] {
    word.split(separator: ",", omittingEmptySubsequences: false).map { name in
      String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
  package func encode(to encoder: any Encoder) throws { try word.encode(to: encoder) }
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

/// The value of `--class-weights`: numbers, the file that holds them, or the rule by which they follow from the data.
package struct ClassWeightList: OptionValue {
  package let word: String
  /// `nil` before they are read.
  package var numbers: [Double]?

  package var rule: ClassWeighting? { ClassWeighting(rawValue: word) }

  package static func read(_ word: String) -> ClassWeightList? {
    complaint(about: word) == nil ? ClassWeightList(word: word) : nil
  }

  package static func complaint(about word: String) -> String? { ClassWeighting.complaint(about: word) }

  /// A rule is recorded as it is: whether the data are still the same has a check of its own.
  package func encode(to encoder: any Encoder) throws {
    if let rule { try rule.rawValue.encode(to: encoder) } else { try numbers.encode(to: encoder) }
  }
}

import Foundation
import TesseraNetworks

/// The value of `--max-memory`: bytes, as 2G or 1500M, where M is 1024 * 1024 and G is 1024 M.
package struct MemorySize: OptionValue, Equatable, CustomStringConvertible {
  package let bytes: Int

  package init(bytes: Int) { self.bytes = bytes }

  package static func read(_ word: String) -> MemorySize? {
    let suffixes = ["K": 10, "M": 20, "G": 30, "T": 40]
    let letters = word.uppercased().replacing(/I?B$/, with: "")
    guard let unit = letters.last.flatMap({ suffixes["\($0)"] }), let number = Double(letters.dropLast()),
      number > 0, number <= 1_048_576
    else { return nil }
    return MemorySize(bytes: Int(number * Double(1 << unit)))
  }

  /// What is wrong is said by the rule.
  package static var isNumber: Bool { true }

  /// Less than any training takes is not meant.
  static let rule = OptionRule<MemorySize>(words: "be a size of 32M or more, such as 2G or 1500M") {
    $0.bytes >= 32 << 20
  }

  /// Whole gigabytes as such, everything else in megabytes, the last of them a whole one.
  package var word: String {
    bytes % (1 << 30) == 0 ? "\(bytes >> 30)G" : "\((bytes + (1 << 20) - 1) >> 20)M"
  }

  package var description: String { word }
  package func encode(to encoder: any Encoder) throws { try word.encode(to: encoder) }
}

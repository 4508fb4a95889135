import Foundation
import Tessera
import TesseraFiles
import TesseraTerminal

/// The value of `--class-weights`: numbers separated by commas, spaces or line breaks, or a file that holds them.
struct ClassWeightList {
  let weights: [Double]

  /// Enough for as many classes as masks can have.
  private static let largestFile = 4 << 20

  /// - Parameter text: the list itself, or the path of a file.
  /// - Throws: `RecipeError`.
  init(_ text: String) throws(RecipeError) {
    var list = text
    if !text.contains(","), Double(text) == nil {
      do throws(FileError) {
        let bytes = try RegularFile.bytes(of: text, atMost: Self.largestFile)
        guard let words = String(validating: bytes, as: UTF8.self) else {
          throw FileError(path: text, reason: "it is not UTF-8 text")
        }
        list = words
      } catch {
        throw .classWeightsUnreadable(text, reason: error.reason)
      }
    }
    var weights: [Double] = []
    for (index, word) in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }).enumerated() {
      guard let weight = Double(word) else { throw .classWeight(String(word).shortened(to: 40), at: index + 1) }
      weights.append(weight)
    }
    self.weights = weights
  }
}

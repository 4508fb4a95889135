import Foundation
import Tessera
import TesseraFiles

/// The value of `--class-weights`: numbers with commas, spaces or lines between, or a file that holds them.
struct ClassWeightList {
  let weights: [Double]

  /// - Parameter text: the list itself, or the path of a file.
  /// - Throws: `RecipeError`.
  init(_ text: String) throws(RecipeError) {
    var list = text
    if !text.contains(","), Double(text) == nil {
      do {
        list = try String(contentsOf: URL(fileURLWithPath: text), encoding: .utf8)
      } catch {
        throw .classWeightsUnreadable(text, reason: systemReason(of: error))
      }
    }
    var weights: [Double] = []
    for (index, word) in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }).enumerated() {
      guard let weight = Double(word) else { throw .classWeight(String(word), at: index + 1) }
      weights.append(weight)
    }
    self.weights = weights
  }
}

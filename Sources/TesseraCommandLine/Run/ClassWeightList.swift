import Foundation
import Tessera
import TesseraFiles

/// The value of `--class-weights`: numbers with commas, spaces or lines between, or a file that holds them.
struct ClassWeightList {
  let weights: [Double]
  /// Sixteen for each class that there can be.
  private static let mostBytes = 1 << 20

  /// - Parameter text: the list itself, or the path of a file.
  /// - Throws: `RecipeError`.
  init(_ text: String) throws(RecipeError) {
    var list = text
    if !text.contains(","), Double(text) == nil {
      do {
        list = String(decoding: try RegularFile.bytes(of: text, atMost: Self.mostBytes), as: UTF8.self)
      } catch {
        throw .classWeightsUnreadable(text, reason: error.reason)
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

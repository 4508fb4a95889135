import Foundation
import Tessera
import TesseraFiles
import TesseraTerminal

extension ClassWeightList {
  /// Enough for as many classes as masks can have.
  private static let largestFile = 4 << 20

  /// Its numbers: those that follow from the training masks by its rule, or those that it lists, separated by commas,
  /// spaces or line breaks.
  ///
  /// - Throws: `RecipeError`, `ClassWeightsError` if they do not fit the classes, or what `survey` throws.
  func numbers(for classes: LabelSpace, survey: () throws -> DatasetSurvey) throws -> [Double] {
    if let rule { return rule.weights(of: try survey(), classes) }
    let numbers = try read()
    _ = try classes.classWeights(numbers)
    return numbers
  }

  private func read() throws(RecipeError) -> [Double] {
    var list = word
    if !word.contains(","), Double(word) == nil {
      do throws(FileError) {
        list = try RegularFile.text(of: word, atMost: Self.largestFile)
      } catch {
        throw .classWeightsUnreadable(word, reason: error.reason)
      }
    }
    var weights: [Double] = []
    for (index, text) in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }).enumerated() {
      guard let weight = Double(text) else { throw .classWeight(String(text).shortened(to: 40), at: index + 1) }
      weights.append(weight)
    }
    return weights
  }
}

import Foundation
import TesseraDatasets
import TesseraImaging

/// How often each class occurs in training, and the weights that make up for it.
package struct ClassBalance: Sendable {
  /// A class that counts.
  package struct Class: Sendable {
    package let index: Int
    package let name: String
    /// Of all pixels that count, 0...1.
    package let share: Double
    /// The pictures that show it.
    package let pictures: Int
    /// The proposed weight; 1 where there is none of it.
    package let weight: Double
  }

  package let classes: [Class]
  /// For `--class-weights`: one for each output; that of void is not used.
  package let weights: [Double]
  /// How many times more frequent the most frequent class is than the rarest one that occurs, per picture that shows it.
  package let imbalance: Double

  /// Weights outside would let a few pixels rule, or a class go.
  private static let bounds = 0.1...10.0
  /// From here on weights are proposed.
  package static let notable = 10.0

  /// Median-frequency balancing (Eigen and Fergus 2015, arXiv:1411.4734): the frequency of a class is its share of the
  /// pixels of those pictures that show it; its weight is the median of all frequencies divided by its own.
  ///
  /// - Returns: `nil` if the masks' values are no classes, or only one of them occurs.
  init?(_ inspection: DataInspection) {
    let space = inspection.labelSpace
    guard inspection.showsClasses, let part = inspection.part(.training) ?? inspection.parts.first else { return nil }
    var pixelsShowing = [Int](repeating: 0, count: space.count)
    for pair in part.pairs {
      for index in pair.classes ?? [] where index < space.count { pixelsShowing[index] += pair.pixels }
    }
    let counted = part.survey.countedClasses(of: space).filter { $0 < space.count }
    guard counted.count >= 2 else { return nil }
    let frequencies = Dictionary(
      uniqueKeysWithValues: counted.map { index in
        (index, Double(part.survey.pixels[index] ?? 0) / Double(max(1, pixelsShowing[index])))
      })
    let sorted = frequencies.values.sorted()
    let median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    func weight(_ index: Int) -> Double {
      guard let frequency = frequencies[index], frequency > 0 else { return 1 }
      let weight = min(Self.bounds.upperBound, max(Self.bounds.lowerBound, median / frequency))
      return Double(String(format: "%.3g", weight)) ?? weight
    }
    let all = counted.reduce(0) { $0 + (part.survey.pixels[$1] ?? 0) }
    classes = (0..<space.count).filter { $0 != space.void }.map { index in
      Class(
        index: index, name: space.name(of: index), share: Double(part.survey.pixels[index] ?? 0) / Double(max(1, all)),
        pictures: part.survey.masks[index] ?? 0, weight: weight(index))
    }
    weights = space.outputs.map { $0 == space.void ? 1 : weight($0) }
    imbalance = (sorted.last ?? 1) / max(sorted[0], .leastNormalMagnitude)
  }

  /// As `--class-weights` takes them.
  static func text(_ weights: [Double]) -> String { weights.map { String(format: "%g", $0) }.joined(separator: ",") }

  /// What to train with, in words.
  package var loss: String {
    imbalance < Self.notable
      ? "cross-entropy without weights: no class is so rare that it needs them"
      : "cross-entropy with these weights (median-frequency balancing); watch mean IoU rather than accuracy"
  }
}

extension DataInspection {
  /// How often classes occur; `nil` if that is unknown.
  package var balance: ClassBalance? { ClassBalance(self) }
}

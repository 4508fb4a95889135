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
  /// How many times more frequent the most frequent class is than the rarest one that occurs, per picture that shows
  /// it.
  package let imbalance: Double

  /// From here on weights are proposed.
  package static let notable = 10.0

  /// The proposed weights are those of median-frequency balancing.
  ///
  /// - Returns: `nil` if the masks' values are no classes, or only one of them occurs.
  init?(_ inspection: DataInspection) {
    let space = inspection.labelSpace
    guard inspection.showsClasses, let part = inspection.part(.training) ?? inspection.parts.first else { return nil }
    let counted = part.survey.countedClasses(of: space).filter { $0 < space.count }
    guard counted.count >= 2 else { return nil }
    let frequencies = ClassWeighting.frequencies(in: part.survey, of: space).values.sorted()
    weights = ClassWeighting.medianFrequency.weights(of: part.survey, space)
    let byClass = Dictionary(uniqueKeysWithValues: zip(space.outputs, weights))
    let all = counted.reduce(0) { $0 + (part.survey.pixels[$1] ?? 0) }
    classes = (0..<space.count).filter { $0 != space.void }.map { index in
      Class(
        index: index, name: space.name(of: index), share: Double(part.survey.pixels[index] ?? 0) / Double(max(1, all)),
        pictures: part.survey.masks[index] ?? 0, weight: byClass[index] ?? 1)
    }
    imbalance = (frequencies.last ?? 1) / max(frequencies[0], .leastNormalMagnitude)
  }

  /// What to train with, in words.
  package var loss: String {
    imbalance < Self.notable
      ? "cross-entropy without weights: no class is so rare that it needs them"
      : "cross-entropy with --class-weights \(ClassWeighting.medianFrequency.rawValue) (the weights shown), or --loss "
        + "cross-entropy+dice, which looks at rare classes as much as at frequent ones; watch mean IoU rather than accuracy"
  }
}

extension DataInspection {
  /// How often classes occur; `nil` if that is unknown.
  package var balance: ClassBalance? { ClassBalance(self) }
}

import Foundation
import TesseraDatasets
import TesseraImaging

/// How shares and lists are written for people.
package enum DataWording {
  /// A share above 0 never looks like 0.
  package static func percent(_ share: Double) -> String {
    share > 0 && share < 0.0005 ? "< 0.1 %" : String(format: "%.1f %%", 100 * share)
  }

  /// A list that stays short.
  package static func list(_ names: [String], upTo shown: Int = 8) -> String {
    let more = names.count > shown ? " and \(names.count - shown) more" : ""
    return names.prefix(shown).joined(separator: ", ") + more
  }
}

extension DatasetSurvey {
  /// The classes other than void that occur in no mask.
  package func absentClasses(of labelSpace: LabelSpace) -> [Int] {
    (0..<labelSpace.count).filter { pixels[$0] == nil && $0 != labelSpace.void }
  }
}

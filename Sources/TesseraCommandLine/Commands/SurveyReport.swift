import Foundation
import Tessera

/// What a data set holds, as text.
struct SurveyReport {
  private let survey: DatasetSurvey
  private let name: String
  private let labelSpace: LabelSpace

  init(_ survey: DatasetSurvey, name: String, labelSpace: LabelSpace) {
    (self.survey, self.name, self.labelSpace) = (survey, name, labelSpace)
  }

  var text: String { [heading, classTable, absentClasses].compactMap { $0 }.joined(separator: "\n\n") }

  private var heading: String { "\(name): \(survey.count) pictures, \(DatasetSurvey.sizes(of: [survey]))" }

  private var classTable: String {
    let shares = survey.shares
    let rows = survey.pixels.keys.sorted().map { index in
      [
        "\(index)", labelSpace.name(of: index) + (index == labelSpace.void ? " (void)" : ""),
        String(format: "%.2f %%", 100 * (shares[index] ?? 0)), grouped(survey.pixels[index] ?? 0),
        grouped(survey.masks[index] ?? 0),
      ]
    }
    let table = Table([["index", "class", "share", "pixels", "pictures"]] + rows, rightAligned: [0, 2, 3, 4])
    return table.description
  }

  private var absentClasses: String? {
    let absent = (0..<labelSpace.count).filter { survey.pixels[$0] == nil && $0 != labelSpace.void }
    guard !absent.isEmpty else { return nil }
    let shown = absent.prefix(12).map { labelSpace.name(of: $0) }.joined(separator: ", ")
    return "\(absent.count) classes do not occur: \(shown)\(absent.count > 12 ? ", ..." : "")"
  }
}

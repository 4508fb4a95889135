import TesseraCharts
import TesseraDatasets
import TesseraInspection

/// What was found in a data set as one self-contained HTML page, with pictures of what is wrong.
package struct DataPage {
  private let inspection: DataInspection
  private let title: String
  private let facts: [String]

  /// - Parameters:
  ///   - inspection: what was found.
  ///   - title: the data set's name.
  ///   - facts: what the data set is, one sentence each.
  package init(of inspection: DataInspection, title: String, facts: [String]) {
    (self.inspection, self.title, self.facts) = (inspection, title, facts)
  }

  /// The page; the same files give the same bytes.
  package var html: String {
    let frame = PageFrame(title: "\(title): \(verdict)")
    return frame.html { page in
      page.add("header") { page in
        page.add("h1", text: title)
        page.add("p", ["class": "sub"], text: "\(inspection.invocation.data) · \(verdict)")
        for fact in facts { page.add("p", ["class": "soft"], text: fact) }
        page.add("dl", ["class": "tiles"]) { page in
          for severity in DataFinding.Severity.allCases {
            RunHeader.Tile(
              name: severity.plural, value: "\(inspection.count(severity))", note: severity.meaning
            ).add(to: &page)
          }
        }
        page.addNavigation(to: [("Findings", "findings"), ("Classes", "classes"), ("Checks", "checks")])
      }
      page.add("main") { page in
        page.addSection("Findings", id: "findings", containing: addFindings)
        page.addSection("Classes", id: "classes", containing: addClasses)
        page.addSection("Checks", id: "checks") { page in
          page.addFacts(DataCheck.all.map { ($0.name, $0.purpose) })
        }
      }
    }
  }

  private var verdict: String {
    let counts = DataFinding.Severity.allCases.map { (inspection.count($0), $0) }.filter { $0.0 > 0 }
    if counts.isEmpty { return "nothing found" }
    return counts.map { "\($0.0) \($0.0 == 1 ? $0.1.rawValue : $0.1.plural.lowercased())" }.joined(separator: ", ")
  }

  /// Bounds the page: each picture takes some 20 kB.
  private static let mostPictures = 60
  private static let mostPicturesOfFinding = 4

  private func addFindings(to page: inout MarkupWriter) {
    if inspection.findings.isEmpty { page.add("p", text: "Nothing was found that would spoil a training.") }
    var left = Self.mostPictures
    for finding in inspection.findings {
      let section = FindingSection(
        finding, labelSpace: inspection.labelSpace, mostPictures: min(left, Self.mostPicturesOfFinding))
      left -= section.pictures.count
      section.add(to: &page)
    }
  }

  private func addClasses(to page: inout MarkupWriter) {
    guard let balance = inspection.balance else {
      page.add("p", ["class": "soft"], text: "Nothing can be said of classes before the masks hold class numbers.")
      return
    }
    page.add("p", ["class": "soft"], text: "Proposed: \(balance.loss).")
    let greatest = balance.classes.map(\.share).max() ?? 1
    page.addTable(label: "Classes") { page in
      page.addHeadings(["Class", "Index", "Share", "Pictures", "Weight"], sortable: true)
      page.add("tbody") { page in
        for entry in balance.classes {
          page.add("tr") { page in
            page.add("th", ["scope": "row", "class": "name-cell"]) { page in
              let color = inspection.labelSpace.color(of: entry.index)
              page.add(
                "span",
                [
                  "class": "swatch", "aria-hidden": "true",
                  "style": "background:rgb(\(color.red),\(color.green),\(color.blue))",
                ], text: "")
              page.add(text: entry.name.onPage)
            }
            page.add("td", ["class": "n"], text: "\(entry.index)")
            page.add("td", ["class": "n", "data-value": "\(entry.share)"]) { page in
              page.add("div", ["class": "iou"]) { page in
                page.add("span", ["class": "meter", "aria-hidden": "true"]) { page in
                  page.add("i", ["style": "width:\((100 * entry.share / max(greatest, 1e-12)).coordinate)%"], text: "")
                }
                page.add("span", text: Figures.percent(entry.share))
              }
            }
            page.add("td", ["class": "n"], text: Figures.grouped(entry.pictures))
            page.add("td", ["class": "n"], text: entry.pictures == 0 ? "–" : Figures.fixed(entry.weight, 2))
          }
        }
      }
    }
  }
}

extension DataFinding.Severity {
  fileprivate var plural: String {
    switch self {
    case .error: "Errors"
    case .warning: "Warnings"
    case .note: "Notes"
    }
  }

  fileprivate var meaning: String {
    switch self {
    case .error: "training refuses the data, or learns something wrong"
    case .warning: "probably not what you mean"
    case .note: "facts that explain results"
    }
  }
}

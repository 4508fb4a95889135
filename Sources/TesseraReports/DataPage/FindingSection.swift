import TesseraCharts
import TesseraImaging
import TesseraInspection

/// One finding on a page: what, where with pictures, and what to do.
struct FindingSection {
  private let finding: DataFinding
  let pictures: [FindingPicture]

  private static let mostFiles = 200

  init(_ finding: DataFinding, labelSpace: LabelSpace, mostPictures: Int) {
    self.finding = finding
    var pictures: [FindingPicture] = []
    // Not all can be read: more are tried than shown.
    for place in finding.places.prefix(4 * mostPictures) where pictures.count < mostPictures {
      if let picture = FindingPicture(place, labelSpace: labelSpace) { pictures.append(picture) }
    }
    self.pictures = pictures
  }

  func add(to page: inout MarkupWriter) {
    page.add("div", ["class": "finding \(finding.severity.rawValue)"]) { page in
      page.add("h3") { page in
        page.add("span", ["class": "badge"], text: finding.severity.rawValue)
        page.add("span", text: finding.summary)
      }
      if !pictures.isEmpty {
        page.add("div", ["class": "pictures"]) { page in for picture in pictures { picture.add(to: &page) } }
      }
      addFiles(to: &page)
      page.add("p", text: "What to do: \(finding.remedy).")
      if let command = finding.command { page.addCommand([command], called: finding.check) }
    }
  }

  private func addFiles(to page: inout MarkupWriter) {
    guard !finding.places.isEmpty else { return }
    page.add("details") { page in
      page.add("summary", text: finding.places.count == 1 ? "1 file" : "\(Figures.grouped(finding.places.count)) files")
      page.add("ul", ["class": "files"]) { page in
        for place in finding.places.prefix(Self.mostFiles) { page.add("li", text: place.text) }
        if finding.places.count > Self.mostFiles {
          page.add(
            "li", text: "and \(Figures.grouped(finding.places.count - Self.mostFiles)) more, all of them in --json")
        }
      }
    }
  }
}

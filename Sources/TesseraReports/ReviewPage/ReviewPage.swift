import TesseraCharts
import TesseraImaging
import TesseraSegmentation

/// Regions in which a network contradicts masks, as one self-contained HTML page to work through.
public struct ReviewPage: Sendable {
  /// A region on the page.
  public struct Entry: Sendable {
    /// Of the picture, within its data set.
    let picture: String
    /// The split that the picture belongs to.
    let split: String
    let finding: MaskReview.Finding
    let view: RegionView

    public init(picture: String, split: String, finding: MaskReview.Finding, view: RegionView) {
      (self.picture, self.split, self.finding, self.view) = (picture, split, finding, view)
    }
  }

  private let name: String
  private let facts: [(name: String, value: String)]
  private let labelSpace: LabelSpace
  private let entries: [Entry]

  /// - Parameters:
  ///   - name: the run's.
  ///   - facts: what was reviewed, in names and values.
  ///   - labelSpace: of the masks.
  ///   - entries: in their order.
  public init(of name: String, facts: [(name: String, value: String)], labelSpace: LabelSpace, entries: [Entry]) {
    (self.name, self.facts, self.labelSpace, self.entries) = (name, facts, labelSpace, entries)
  }

  /// The page; the same regions give the same bytes.
  public var html: String {
    PageFrame(title: "Review of masks: \(name)").html { page in
      page.add("header") { page in
        page.add("h1", text: "Review of masks")
        page.add("p", ["class": "sub"], text: name)
        page.addFacts(facts)
        if !entries.isEmpty { page.addNavigation(to: [("Regions", "regions"), ("Pictures", "pictures")]) }
      }
      page.add("main") { page in
        if entries.isEmpty {
          page.add("p", text: "The network contradicts no mask.")
          return
        }
        page.addSection("Regions", id: "regions", containing: addRegions)
        page.addSection("Pictures", id: "pictures", containing: addPictures)
      }
    }
  }

  private func addRegions(to page: inout MarkupWriter) {
    page.add(
      "p", ["class": "soft"],
      text:
        "Where the network finds another class more probable than the mask's, the likeliest mistakes of masks first. A score "
        + "is large where the region is large, the network sure, and the confusion one that it makes nowhere else.")
    page.add("div", ["class": "doubts"]) { page in
      for (place, entry) in entries.enumerated() { add(entry, rank: place + 1, to: &page) }
    }
  }

  private func add(_ entry: Entry, rank: Int, to page: inout MarkupWriter) {
    let (region, view) = (entry.finding.region, entry.view)
    page.add("figure", ["class": "picture", "id": "region-\(rank)"]) { page in
      page.add("div", ["class": "pair"]) { page in
        for (style, type, data, what) in [
          ("photo", "jpeg", view.photograph, "photograph"), ("", "png", view.mask, "mask"),
        ] {
          page.add("figure", ["class": style]) { page in
            page.add("div", ["class": "outlined", "style": "max-width:\(view.widest)px"]) { page in
              page.add(
                "img",
                [
                  "src": "data:image/\(type);base64,\(data.base64EncodedString())", "width": "\(view.width)",
                  "height": "\(view.height)", "alt": "\(entry.picture.onPage), \(what)",
                ])
              page.add(
                "svg",
                ["viewBox": "0 0 \(view.width) \(view.height)", "preserveAspectRatio": "none", "aria-hidden": "true"]
              ) { page in
                page.add("path", ["class": "halo", "d": view.outline])
                page.add("path", ["d": view.outline])
              }
            }
            page.add("figcaption", text: what)
          }
        }
      }
      page.add("figcaption") { page in
        page.add("span", ["class": "name"], text: "\(rank). \(entry.picture.onPage) (\(entry.split))")
        page.add("br")
        add(region.maskClass, to: &page)
        page.add(text: "in the mask, ")
        add(region.modelClass, to: &page)
        page.add(text: "for the network (\(Figures.percent(region.modelProbability, 0)))")
        page.add("br")
        page.add(
          text:
            "\(Figures.grouped(region.pixels)) pixels at x \(Self.text(region.columns)), y \(Self.text(region.rows)) · score "
            + Figures.fixed(entry.finding.score, 2))
      }
    }
  }

  private static func text(_ range: Range<Int>) -> String { "\(range.lowerBound)–\(range.upperBound - 1)" }

  private func add(_ index: Int, to page: inout MarkupWriter) {
    page.addSwatch(labelSpace.color(of: index))
    page.add("b", text: labelSpace.name(of: index).onPage)
  }

  private func addPictures(to page: inout MarkupWriter) {
    page.add("p", ["class": "soft"], text: "Pictures by the sum of their regions' scores, of the regions above.")
    page.addTable(label: "Pictures") { page in
      page.addHeadings(["Picture", "Split", "Regions", "Score", "First region"], numbersFrom: 2, sortable: true)
      page.add("tbody") { page in
        for picture in DoubtedPicture.ranked(entries.map(\.finding)) {
          let first = entries[picture.places[0]]
          page.add("tr") { page in
            page.add("th", ["scope": "row", "class": "name-cell", "title": first.picture], text: first.picture.onPage)
            page.add("td", text: first.split)
            page.add("td", ["class": "n"], text: "\(picture.places.count)")
            page.add("td", ["class": "n", "data-value": "\(picture.score)"], text: Figures.fixed(picture.score, 2))
            page.add("td", ["class": "n", "data-value": "\(picture.places[0] + 1)"]) { page in
              page.add("a", ["href": "#region-\(picture.places[0] + 1)"], text: "\(picture.places[0] + 1)")
            }
          }
        }
      }
    }
  }
}

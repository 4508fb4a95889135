import TesseraCharts
import TesseraSegmentation

/// Which class is mistaken for which: a matrix of shares, and the most frequent confusions as a list.
struct ConfusionSection {
  private let run: RunRecord
  private let validation: RunRecord.Validation
  private let table: ConfusionTable

  private static let mostConfusions = 12

  /// - Returns: `nil` before the first validation.
  init?(_ run: RunRecord) {
    guard let last = run.validations.last, last.pixels > 0 else { return nil }
    self.run = run
    validation = last
    table = ConfusionTable(last)
  }

  func add(to page: inout MarkupWriter) {
    let part =
      table.isPart
      ? " Shown are the \(table.rows.count) classes with the most wrong pixels, of \(validation.occurring.count) that "
        + "occur." : ""
    page.add(
      "p", ["class": "soft"],
      text: "The percentage of each row's true pixels predicted as the column's class; outlined: correct. A dot "
        + "stands for less than half a percent.\(part)")
    page.add("div", ["class": "confusion"]) { page in
      addMatrix(to: &page)
      addList(to: &page)
    }
  }

  private func addMatrix(to page: inout MarkupWriter) {
    page.add(
      "div", ["class": "scroll matrix-scroll", "role": "region", "aria-label": "Confusion matrix", "tabindex": "0"]
    ) { page in
      page.add("table", ["class": "matrix"]) { page in
        addHead(to: &page)
        page.add("tbody") { page in
          for place in table.rows.indices { addRow(place, to: &page) }
        }
      }
    }
  }

  private func addHead(to page: inout MarkupWriter) {
    page.add("thead") { page in
      page.add("tr") { page in
        page.add("td", ["class": "none"], text: "true ↓ predicted →")
        for row in table.rows {
          page.add("th", ["scope": "col", "title": row.score.name.onPage]) {
            $0.add("span", text: row.score.name.onPage)
          }
        }
        if table.hasRest {
          page.add("th", ["scope": "col"]) { $0.add("span", text: table.isPart ? "all others" : "void") }
        }
      }
    }
  }

  private func addRow(_ place: Int, to page: inout MarkupWriter) {
    let row = table.rows[place]
    page.add("tr") { page in
      page.add("th", ["scope": "row", "title": row.score.name.onPage], text: row.score.name.onPage)
      for (column, pixels) in row.pixels.enumerated() {
        addCell(
          pixels, of: row.score, as: table.rows[column].score.name.onPage, column == place ? "right" : "", to: &page)
      }
      if table.hasRest { addCell(row.rest, of: row.score, as: "another class", "rest", to: &page) }
    }
  }

  private func addCell(
    _ pixels: Int, of score: ClassScore, as name: String, _ style: String, to page: inout MarkupWriter
  ) {
    guard score.pixels > 0 else { return page.add("td", ["class": "\(style) none"], text: "–") }
    let share = Double(pixels) / Double(score.pixels)
    guard pixels > 0 else { return page.add("td", ["class": style], text: style == "right" ? "0" : nil) }
    let text = share < 0.005 ? "·" : share < 1 ? "\(min(99, Int((100 * share).rounded())))" : "100"
    page.add(
      "td",
      [
        "class": share >= 0.8 ? "\(style) deep" : style, "style": "--s:\(Figures.fixed(share, 3))",
        "title": "\(score.name.onPage) as \(name): \(Figures.percent(share)), \(Figures.grouped(pixels)) pixels",
      ], text: text)
  }

  private func addList(to page: inout MarkupWriter) {
    let scores = Dictionary(validation.classes.map { ($0.index, $0) }) { first, _ in first }
    let errors = validation.confusions.reduce(validation.otherConfusions) { $0 + $1.pixels }
    let shown = validation.confusions.prefix(Self.mostConfusions)
    guard !shown.isEmpty else { return }
    page.add("div", ["class": "list"]) { page in
      page.add("h3", text: "Most frequent confusions")
      page.addTable(label: "Most frequent confusions") { page in
        page.addHeadings(
          ["True class", "Predicted as", "Of class", "Of errors", "Pixels"], numbersFrom: 2, wideFrom: 3)
        page.add("tbody") { page in
          for confusion in shown {
            let score = scores[confusion.truth]
            page.add("tr") { page in
              page.add("th", ["scope": "row", "class": "name-cell"]) { page in
                page.addSwatch(of: confusion.truth, in: run)
                page.add(text: name(of: confusion.truth))
              }
              page.add("td", ["class": "name-cell"]) { page in
                page.addSwatch(of: confusion.prediction, in: run)
                page.add(text: name(of: confusion.prediction))
              }
              page.add(
                "td", ["class": "n"],
                text: Figures.percent(Double(confusion.pixels) / Double(max(1, score?.pixels ?? 0))))
              page.add(
                "td", ["class": "n wide"], text: Figures.percent(Double(confusion.pixels) / Double(max(1, errors))))
              page.add("td", ["class": "n wide"], text: Figures.grouped(confusion.pixels))
            }
          }
        }
      }
    }
  }

  private func name(of index: Int) -> String {
    (run.options.labelSpace?.name(of: index) ?? validation.classes.first { $0.index == index }?.name ?? "void").onPage
  }
}

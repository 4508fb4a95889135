import TesseraCharts
import TesseraSegmentation

/// Each class's IoU in several runs, and how the others differ from the first.
struct ClassComparison {
  private let names: [String]
  private let runs: [RunRecord]
  /// By class name: runs may number classes differently.
  private let scores: [[String: ClassScore]]
  private let epochs: [Int]

  /// - Returns: `nil` if no run recorded its classes.
  init?(_ comparison: RunComparison) {
    let told = zip(comparison.names, comparison.runs).compactMap { name, run in
      run.validations.last.map { (name: name, run: run, validation: $0) }
    }
    guard !told.isEmpty else { return nil }
    names = told.map(\.name)
    runs = told.map(\.run)
    epochs = told.map(\.validation.epoch)
    scores = told.map { run in
      Dictionary(run.validation.occurring.map { ($0.name, $0) }) { first, _ in first }
    }
  }

  func add(to page: inout MarkupWriter) {
    let told =
      names.count > 1 && Set(epochs).count == 1
      ? "all in epoch \(epochs[0])" : zip(names, epochs).map { "\($0) in epoch \($1)" }.joined(separator: ", ")
    page.add(
      "p", ["class": "soft"],
      text: "IoU on each run's validation pictures, \(told)."
        + (names.count > 1 ? " Differences are from \(names[0])." : ""))
    page.addTable(label: "IoU by class") { page in
      page.addHeadings(
        ["Class"] + names.enumerated().flatMap { $0 == 0 ? [$1] : [$1, "Difference"] }, sortable: true)
      page.add("tbody") { page in
        for name in classes { addRow(name, to: &page) }
      }
    }
  }

  /// All classes that occur in any run, the most frequent first.
  private var classes: [String] {
    var pixels: [String: Int] = [:]
    for (name, score) in scores.flatMap(\.self) { pixels[name] = max(pixels[name] ?? 0, score.pixels) }
    return pixels.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.map(\.key)
  }

  private func addRow(_ name: String, to page: inout MarkupWriter) {
    let values = scores.map { $0[name]?.iou }
    page.add("tr") { page in
      page.add("th", ["scope": "row", "class": "name-cell", "title": name.onPage]) { page in
        if let place = scores.firstIndex(where: { $0[name] != nil }), let score = scores[place][name] {
          page.addSwatch(of: score.index, in: runs[place])
        }
        page.add(text: name.onPage)
      }
      for (place, value) in values.enumerated() {
        page.add("td", ["class": "n", "data-value": "\(value ?? -1)"]) { page in
          page.add("div", ["class": "iou"]) { page in
            page.add("span", text: value.map(Figures.score) ?? "–")
            page.add("span", ["class": "meter", "aria-hidden": "true"]) {
              $0.add("i", ["style": "width:\((100 * (value ?? 0)).coordinate)%"])
            }
          }
        }
        guard place > 0 else { continue }
        let difference = value.flatMap { value in values[0].map { value - $0 } }
        let shown = difference.map { Figures.change($0, 4) }
        page.add("td", ["class": "n", "data-value": "\(difference ?? 0)"]) { page in
          page.add("span", ["class": shown?.direction ?? "same"], text: shown?.text ?? "–")
        }
      }
    }
  }
}

import TesseraCharts
import TesseraImaging
import TesseraSegmentation

/// How well each class is found, and whether it is getting better.
struct ClassSection {
  private let run: RunRecord
  private let last: RunRecord.Validation
  private let before: [Int: ClassScore]
  private let previousEpoch: Int?
  /// The IoU in all epochs by class.
  private let trends: [Int: [Double]]
  /// The highest of them.
  private let scale: Double

  /// - Returns: `nil` before the first validation.
  init?(_ run: RunRecord) {
    guard let last = run.validations.last else { return nil }
    self.run = run
    self.last = last
    let previous = run.validations.dropLast().last
    previousEpoch = previous?.epoch
    before = Dictionary((previous?.classes ?? []).map { ($0.index, $0) }) { first, _ in first }
    var trends: [Int: [Double]] = [:]
    for score in run.validations.flatMap(\.classes) { trends[score.index, default: []].append(score.iou) }
    self.trends = trends
    scale = max(1e-9, trends.values.compactMap { $0.max() }.max() ?? 1)
  }

  func add(to page: inout MarkupWriter) {
    let since = previousEpoch.map { " Changes are since epoch \($0)." } ?? ""
    page.add(
      "p", ["class": "soft"],
      text:
        "IoU: correct pixels / (true + predicted − correct). Accuracy: correct / true. Precision: correct / predicted. "
        + "Dice: 2 correct / (true + predicted). "
        + "Over the validation pictures of epoch \(last.epoch).\(since)")
    page.addTable(label: "Classes") { page in
      page.add("thead") { page in
        page.add("tr") { page in
          for (name, style) in [
            ("Class", ""), ("IoU", "n"), ("Change", "n"), ("Trend", "n wide"), ("Accuracy", "n wide"),
            ("Precision", "n wide"), ("Dice", "n wide"), ("Share", "n"),
          ] {
            page.add(
              "th", ["scope": "col", "class": style, "data-sort": name == "Trend" ? "" : "yes"], text: name)
          }
        }
      }
      page.add("tbody") { page in
        for score in last.occurring.sorted(by: { ($0.pixels, -$0.index) > ($1.pixels, -$1.index) }) {
          addRow(score, to: &page)
        }
      }
    }
    addAbsent(to: &page)
  }

  private func addRow(_ score: ClassScore, to page: inout MarkupWriter) {
    let change = before[score.index].map { score.iou - $0.iou }
    func number(_ value: Double, _ text: String, _ style: String = "n wide") -> (inout MarkupWriter) -> Void {
      { $0.add("td", ["class": style, "data-value": "\(value)"], text: text) }
    }
    page.add("tr") { page in
      page.add("th", ["scope": "row", "class": "name-cell", "title": score.name.onPage]) { page in
        page.addSwatch(of: score.index, in: run)
        page.add(text: score.name.onPage)
      }
      page.add("td", ["class": "n", "data-value": "\(score.iou)"]) { page in
        page.add("div", ["class": "iou"]) { page in
          page.add("span", text: Figures.score(score.iou))
          page.add("span", ["class": "meter", "aria-hidden": "true"]) {
            $0.add("i", ["style": "width:\((100 * score.iou).coordinate)%"])
          }
        }
      }
      let shown = change.map { Figures.change($0, 4) }
      page.add("td", ["class": "n", "data-value": "\(change ?? 0)"]) { page in
        page.add("span", ["class": shown?.direction ?? "same"], text: shown?.text ?? "–")
      }
      page.add("td", ["class": "n wide"]) { addTrend(of: score.index, to: &$0) }
      number(score.accuracy, Figures.percent(score.accuracy))(&page)
      number(score.precision, Figures.percent(score.precision))(&page)
      number(score.dice, Figures.percent(score.dice))(&page)
      let share = last.pixels == 0 ? 0 : Double(score.pixels) / Double(last.pixels)
      number(share, Figures.percent(share), "n")(&page)
    }
  }

  /// The IoU over all epochs as a small line, on the same scale for every class.
  private func addTrend(of index: Int, to page: inout MarkupWriter) {
    let values = trends[index] ?? []
    guard values.count > 1 else { return page.add(text: "–") }
    let most = 48
    let kept = values.count <= most ? values : (0..<most).map { values[$0 * (values.count - 1) / (most - 1)] }
    let places = kept.enumerated().map { place, value in
      "\((1 + 70 * Double(place) / Double(kept.count - 1)).coordinate) \((17 - 16 * value / scale).coordinate)"
    }
    page.add("svg", ["class": "spark", "viewBox": "0 0 72 18", "width": "72", "height": "18", "aria-hidden": "true"]) {
      $0.add("path", ["d": "M" + places.joined(separator: "L")])
    }
  }

  private func addAbsent(to page: inout MarkupWriter) {
    let absent = last.classes.filter(\.isAbsent)
    guard !absent.isEmpty else { return }
    page.add("details") { page in
      let who =
        absent.count == 1 ? "One class occurs nowhere and counts" : "\(absent.count) classes occur nowhere and count"
      page.add("summary", text: "\(who) as 0 in the mean IoU")
      page.add(
        "p", ["class": "soft"],
        text:
          "Neither true nor predicted, by ADE20K's official rule: \(absent.map(\.name.onPage).joined(separator: ", "))."
      )
    }
  }
}

extension MarkupWriter {
  /// Adds a swatch of a class's color, if the run knows it.
  mutating func addSwatch(of index: Int, in run: RunRecord) {
    if let space = run.options.labelSpace { addSwatch(space.color(of: index)) }
  }

  /// Adds a square of a class's color.
  mutating func addSwatch(_ color: Color) {
    add(
      "span",
      ["class": "swatch", "style": "background:rgb(\(color.red) \(color.green) \(color.blue))", "aria-hidden": "true"])
  }
}

import TesseraCharts

/// Runs side by side as one self-contained HTML page.
public struct ComparisonPage: Sendable {
  private let comparison: RunComparison
  private let window: Int

  /// - Parameters:
  ///   - comparison: the runs.
  ///   - window: the number of steps that noisy values are averaged over; 1 for only the values.
  public init(of comparison: RunComparison, smoothedOver window: Int) {
    self.comparison = comparison
    self.window = window
  }

  /// The page; the same runs give the same bytes.
  public var html: String {
    let names = comparison.names
    let count = comparison.total > names.count ? "\(names.count) of \(comparison.total)" : "\(names.count)"
    return PageFrame(title: "Comparison: \(names.joined(separator: ", "))").html { page in
      let sections = sections
      page.add("header") { page in
        page.add("h1", text: names.count == 1 ? names[0] : "Comparison of \(count) runs")
        page.add("p", ["class": "sub"], text: names.joined(separator: " · "))
        for (name, run) in zip(names, comparison.runs) {
          for note in run.notes { page.add("p", ["class": "notice"], text: "\(name): \(note)") }
        }
        page.addNavigation(to: sections.map { ($0.title, $0.id) })
      }
      page.add("main") { page in
        for section in sections { page.addSection(section.title, id: section.id, containing: section.add) }
      }
    }
  }

  private typealias Section = (title: String, id: String, add: (inout MarkupWriter) -> Void)

  private var sections: [Section] {
    var sections: [Section] = [
      ("Outcomes", "outcomes", OutcomeTable(comparison).add), ("Curves", "curves", addCurves),
    ]
    if comparison.runs.count > 1 { sections.append(("Options", "options", OptionTable(comparison).add)) }
    if let classes = ClassComparison(comparison) { sections.append(("Classes", "classes", classes.add)) }
    if let times = TimeTable(comparison) { sections.append(("Time", "time", times.add)) }
    return sections
  }

  private func addCurves(to page: inout MarkupWriter) {
    ChartLegend.add(to: &page, names: comparison.names)
    page.add("div", ["class": "charts"]) { page in
      for panel in comparison.chart(smoothedOver: window).panels { panel.add(to: &page, names: comparison.names) }
    }
  }
}

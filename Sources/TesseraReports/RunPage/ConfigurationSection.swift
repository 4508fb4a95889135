import TesseraCharts

/// How a run was set up, and where it ran.
struct ConfigurationSection {
  private let options: RunOptions

  init(_ run: RunRecord) { options = run.options }

  func add(to page: inout MarkupWriter) {
    page.add("div", ["class": "groups"]) { page in
      for group in OptionGroups(options).groups {
        page.add("div") { page in
          page.add("h3", text: group.title)
          page.addFacts(group.entries)
        }
      }
    }
    guard let space = options.labelSpace else { return }
    page.add("details") { page in
      page.add("summary", text: space.count == 1 ? "One class" : "\(space.count) classes")
      page.add(
        "p", ["class": "soft"],
        text: space.classes.enumerated().map { "\($0.offset) \($0.element.name.onPage)" }.joined(separator: ", "))
    }
  }
}

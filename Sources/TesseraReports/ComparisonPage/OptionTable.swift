import TesseraCharts

/// The options that differ among runs, and the machines where these do.
struct OptionTable {
  private let comparison: RunComparison

  init(_ comparison: RunComparison) { self.comparison = comparison }

  func add(to page: inout MarkupWriter) {
    let options = comparison.runs.map(\.options)
    var choices = RunOptions.choices(among: options)
    let models = options.map(\.model)
    if Set(models).count > 1 {
      // Each network has its own.
      choices.removeAll { $0.name.hasPrefix("model.normalization.") }
      choices.insert(("model", models), at: 0)
    }
    if choices.isEmpty {
      page.add("p", text: "All options are the same.")
    } else {
      addTable("Options that differ", choices, to: &page)
    }
    let machines = RunOptions.machines(among: options)
    if !machines.isEmpty {
      page.add("h3", text: "Machine and versions")
      addTable("Machines that differ", machines, to: &page)
    }
  }

  private func addTable(
    _ label: String, _ rows: [(name: String, values: [String?])], to page: inout MarkupWriter
  ) {
    page.addTable(label: label) { page in
      page.addHeadings([label] + comparison.names, numbersFrom: .max)
      page.add("tbody") { page in
        for row in rows {
          page.add("tr") { page in
            page.add("th", ["scope": "row"], text: OptionGroups.name(of: row.name))
            for value in row.values {
              page.add("td", text: value.flatMap { OptionGroups.text($0, of: row.name) } ?? "–")
            }
          }
        }
      }
    }
  }
}

import TesseraCharts

/// A whole HTML page: everything that it needs is in it, and it may load nothing.
struct PageFrame {
  let title: String
  /// How often the page looks for a new version of itself, in seconds; `nil` for never.
  var renewal: Int?
  /// When its content was current, ISO 8601.
  var updated: String?

  func html(_ body: (inout MarkupWriter) -> Void) -> String {
    var page = MarkupWriter()
    page.add(
      "html",
      [
        "lang": "en", "data-renewal": renewal.map(String.init) ?? "",
        "data-updated": renewal == nil ? "" : updated ?? "",
      ]
    ) { page in
      page.add("head") { page in
        page.add("meta", ["charset": "utf-8"])
        page.add("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
        page.add("meta", ["name": "color-scheme", "content": "light dark"])
        page.add("meta", ["name": "generator", "content": "Tessera"])
        page.add(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
          ])
        page.add("title", text: title)
        // Before anything is drawn, so nothing moves when it is.
        page.addScript("document.documentElement.className = 'js'")
        if let renewal {
          page.add("noscript") { page in
            page.add("meta", ["http-equiv": "refresh", "content": "\(renewal)"])
          }
        }
        page.addStyle(ChartStyle.rules + PageAssets.style.split(separator: "\n").map(String.init))
      }
      page.add("body") { page in
        body(&page)
        page.addScript(PageAssets.script)
      }
    }
    return "<!DOCTYPE html>\n" + page.text
  }
}

extension MarkupWriter {
  /// Adds a section with its heading.
  mutating func addSection(_ title: String, id: String, containing body: (inout MarkupWriter) -> Void) {
    add("section", ["id": id, "aria-labelledby": "\(id)-title"]) { page in
      page.add("h2", ["id": "\(id)-title"], text: title)
      body(&page)
    }
  }

  /// Adds links to sections.
  mutating func addNavigation(to sections: [(title: String, id: String)]) {
    add("nav", ["aria-label": "Sections"]) { page in
      for section in sections { page.add("a", ["href": "#\(section.id)"], text: section.title) }
    }
  }

  /// Adds a table that scrolls where it does not fit.
  mutating func addTable(
    label: String, classes: String = "", containing body: (inout MarkupWriter) -> Void
  ) {
    add("div", ["class": "scroll", "role": "region", "aria-label": label, "tabindex": "0"]) { page in
      page.add("table", ["class": classes], containing: body)
    }
  }

  /// Adds a row of column headings; those of numbers are right-aligned, and wide ones appear only on wide screens.
  mutating func addHeadings(
    _ names: [String], numbersFrom first: Int = 1, wideFrom wide: Int = .max, sortable: Bool = false
  ) {
    add("thead") { page in
      page.add("tr") { page in
        for (place, name) in names.enumerated() {
          let attributes: KeyValuePairs = [
            "scope": "col", "class": place >= wide ? "n wide" : place >= first ? "n" : "",
            "data-sort": sortable ? "yes" : "",
          ]
          page.add("th", attributes, text: name)
        }
      }
    }
  }

  /// Adds names with values.
  mutating func addFacts(_ facts: [(name: String, value: String)]) {
    add("dl", ["class": "facts"]) { page in
      for fact in facts {
        page.add("div") { page in
          page.add("dt", text: fact.name)
          page.add("dd", text: fact.value)
        }
      }
    }
  }
}

import TesseraCharts

/// A run as one self-contained HTML page: its state, curves, classes, confusions, pictures, times, configuration.
///
/// The page follows only from the run's files, so it can be rewritten at any time:
/// ```swift
/// let run = try RunRecord(contentsOf: "runs/unet-2026-01-31-120000")
/// try Data(RunPage(of: run).html.utf8).write(to: file)
/// ```
public struct RunPage: Sendable {
  private let run: RunRecord

  public init(of run: RunRecord) { self.run = run }

  /// The page; the same run gives the same bytes.
  public var html: String {
    let standing = RunStanding(of: run)
    let frame = PageFrame(
      title: "\(run.name): \(standing.badge.lowercased())", renewal: standing.renewal, updated: run.status?.updated)
    return frame.html { page in
      let sections = sections
      page.add("header") { page in
        RunHeader(run, standing).add(to: &page)
        page.addNavigation(to: sections.map { ($0.title, $0.id) })
      }
      page.add("main") { page in
        for section in sections { page.addSection(section.title, id: section.id, containing: section.add) }
      }
    }
  }

  private typealias Section = (title: String, id: String, add: (inout MarkupWriter) -> Void)

  /// The sections that have something to show.
  private var sections: [Section] {
    var sections: [Section] = []
    if let curves = CurveSection(run) { sections.append(("Curves", "curves", curves.add)) }
    if let classes = ClassSection(run) { sections.append(("Classes", "classes", classes.add)) }
    if let confusion = ConfusionSection(run) { sections.append(("Confusion", "confusion", confusion.add)) }
    if let pictures = PictureSection(run) { sections.append(("Pictures", "pictures", pictures.add)) }
    if let times = TimeSection(run) { sections.append(("Time", "time", times.add)) }
    sections.append(("Configuration", "configuration", ConfigurationSection(run).add))
    sections.append(("Commands", "commands", CommandSection(run).add))
    return sections
  }
}

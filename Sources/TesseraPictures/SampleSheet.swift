import TesseraImaging
import TesseraTensors

/// Pictures next to their masks on one sheet, with names and a legend of the classes with their shares.
///
/// ```swift
/// let sheet = SampleSheet(of: samples, shares: survey.shares, title: "street, training")
/// try sheet.image.write(to: "samples.png")
/// ```
public struct SampleSheet: Sendable {
  /// A picture and its mask, of the same size.
  public struct Entry: Sendable {
    public let name: String
    public let image: Image
    public let mask: Mask

    public init(name: String, image: Image, mask: Mask) {
      require(
        image.width == mask.width && image.height == mask.height,
        "SampleSheet: the mask of \(name) must be \(image.width) x \(image.height) like its image; got "
          + "\(mask.width) x \(mask.height)")
      (self.name, self.image, self.mask) = (name, image, mask)
    }
  }

  /// The finished sheet, RGB.
  public let image: Image

  private static let mostColumns = 3
  private static let greatestWidth = 1700
  private static let seam = 4
  private static let gap = 28

  /// - Parameters:
  ///   - entries: at least one; all of the same size and label space.
  ///   - shares: of each class of the data set, 0...1, for the legend, which names the classes of the entries.
  ///   - title: the first line.
  ///   - subtitle: the second line; `nil` for none.
  public init(of entries: [Entry], shares: [Int: Double], title: String, subtitle: String? = nil) {
    require(!entries.isEmpty, "SampleSheet: there must be at least one entry")
    let first = entries[0].image
    for entry in entries {
      require(
        entry.image.width == first.width && entry.image.height == first.height,
        "SampleSheet: all images must be \(first.width) x \(first.height); \(entry.name) is \(entry.image.width) x "
          + "\(entry.image.height)")
    }
    let panel = Panel(width: first.width, height: first.height)
    let pairWidth = 2 * panel.width + Self.seam
    let columns = max(1, min(Self.mostColumns, entries.count, (Self.greatestWidth + Self.gap) / (pairWidth + Self.gap)))
    let width = columns * (pairWidth + Self.gap) - Self.gap
    let rowHeight = panel.height + ReportStyle.captionGap + ReportStyle.textHeight + Self.gap
    let rows = (entries.count + columns - 1) / columns

    let shown = Set(entries.flatMap(\.mask.histogram.keys)).sorted()
    let notes = shares.mapValues(Self.percent)
    let legend = Legend(shown, of: entries[0].mask.labelSpace, notes: notes, width: width)
    let lines = [(title, ReportStyle.ink)] + (subtitle.map { [($0, ReportStyle.softInk)] } ?? [])
    let lineHeight = ReportStyle.textHeight + ReportStyle.captionGap
    let sheetTop = ReportStyle.margin + lines.count * lineHeight + ReportStyle.captionGap
    let legendTop = sheetTop + rows * rowHeight
    var canvas = Canvas(
      width: width + 2 * ReportStyle.margin, height: legendTop + legend.height + ReportStyle.margin,
      color: ReportStyle.paper)
    for (number, line) in lines.enumerated() {
      canvas.write(
        ReportStyle.shortened(line.0, toWidth: width), x: ReportStyle.margin,
        y: ReportStyle.margin + number * lineHeight, scale: ReportStyle.textScale, color: line.1)
    }
    for (position, entry) in entries.enumerated() {
      let left = ReportStyle.margin + position % columns * (pairWidth + Self.gap)
      let top = sheetTop + position / columns * rowHeight
      canvas.place(panel.shown(entry.image), x: left, y: top)
      canvas.place(panel.shown(entry.mask), x: left + panel.width + Self.seam, y: top)
      canvas.write(
        ReportStyle.shortened(entry.name, toWidth: pairWidth), x: left,
        y: top + panel.height + ReportStyle.captionGap, scale: ReportStyle.textScale, color: ReportStyle.softInk)
    }
    legend.draw(on: &canvas, x: ReportStyle.margin, y: legendTop)
    image = canvas.image
  }

  /// The size at which pictures are shown: small ones are enlarged by an integer factor, and large ones reduced.
  private struct Panel {
    let width: Int
    let height: Int
    private let factor: Int

    private static let leastWidth = 192
    private static let greatestWidth = 400

    init(width: Int, height: Int) {
      factor = ReportStyle.enlargement(of: (width, height), toWidth: Self.leastWidth)
      let shown = min(width * factor, max(Self.greatestWidth, 1))
      self.width = shown
      self.height = max(1, height * factor * shown / (width * factor))
    }

    func shown(_ image: Image) -> Image { image.resized(toWidth: width, height: height) }
    func shown(_ mask: Mask) -> Image { mask.resized(toWidth: width, height: height).colored }
  }

  /// 0...1 as a percentage of at most three characters before its sign.
  private static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    if share > 0 && tenths == 0 { return "< 0.1 %" }
    return "\(tenths / 10).\(tenths % 10) %"
  }
}

import TesseraImaging

/// Classes as swatches with names, each followed by its note if it has one, in aligned columns that are read downwards.
struct Legend {
  private struct Entry {
    let name: String
    let color: Color
    let note: String
  }

  private static let swatch = ReportStyle.textHeight
  private static let swatchGap = 8
  private static let noteGap = 14
  private static let columnGap = 32
  private static let rowHeight = ReportStyle.textHeight + 10

  /// More entries would be unreadable, and the picture of an invalid mask would have no size limit.
  private static let most = 240

  private let entries: [Entry]
  private let rowCount: Int
  private let columnWidth: Int

  /// The classes that occur in `masks`, which share a label space.
  init(of masks: [Mask], width: Int) {
    self.init(Set(masks.flatMap(\.histogram.keys)).sorted(), of: masks[0].labelSpace, width: width)
  }

  /// - Parameters:
  ///   - indices: the classes in their order.
  ///   - labelSpace: their names and colors.
  ///   - notes: what follows the name of an index.
  ///   - width: the width available to the legend.
  init(_ indices: [Int], of labelSpace: LabelSpace, notes: [Int: String] = [:], width: Int) {
    let noteWidth = notes.values.map { ReportStyle.width(of: $0) + Self.noteGap }.max() ?? 0
    let textLimit = width - Self.swatch - Self.swatchGap - noteWidth
    let shown = indices.prefix(indices.count > Self.most ? Self.most - 1 : Self.most)
    let named = shown.map { index in
      Entry(
        name: ReportStyle.shortened(labelSpace.name(of: index), toWidth: textLimit),
        color: labelSpace.color(of: index), note: notes[index] ?? "")
    }
    let more = indices.count - shown.count
    entries = named + (more > 0 ? [Entry(name: "and \(more) more", color: ReportStyle.paper, note: "")] : [])
    let widest = entries.map { ReportStyle.width(of: $0.name) }.max() ?? 0
    columnWidth = Self.swatch + Self.swatchGap + widest + noteWidth
    let fitting = max(1, (width + Self.columnGap) / (columnWidth + Self.columnGap))
    rowCount = (entries.count + fitting - 1) / fitting
  }

  var height: Int { rowCount * Self.rowHeight - (Self.rowHeight - ReportStyle.textHeight) }

  func draw(on canvas: inout Canvas, x: Int, y: Int) {
    for (position, entry) in entries.enumerated() {
      let left = x + position / rowCount * (columnWidth + Self.columnGap)
      let top = y + position % rowCount * Self.rowHeight
      canvas.fill(x: left - 1, y: top - 1, width: Self.swatch + 2, height: Self.swatch + 2, with: ReportStyle.frame)
      canvas.fill(x: left, y: top, width: Self.swatch, height: Self.swatch, with: entry.color)
      canvas.write(
        entry.name, x: left + Self.swatch + Self.swatchGap, y: top, scale: ReportStyle.textScale, color: ReportStyle.ink
      )
      canvas.write(
        entry.note, x: left + columnWidth - ReportStyle.width(of: entry.note), y: top, scale: ReportStyle.textScale,
        color: ReportStyle.softInk)
    }
  }
}

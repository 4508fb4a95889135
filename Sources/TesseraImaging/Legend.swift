/// The classes that occur in some masks, as swatches with names in aligned columns that are read downwards.
struct Legend {
  private struct Entry {
    let name: String
    let color: Color
  }

  private static let swatch = ReportStyle.textHeight
  private static let swatchGap = 8
  private static let columnGap = 24
  private static let rowHeight = ReportStyle.textHeight + 10

  private let entries: [Entry]
  private let rowCount: Int
  private let columnWidth: Int

  /// - Parameters:
  ///   - masks: of one label space.
  ///   - width: what the legend may take.
  init(of masks: [Mask], width: Int) {
    let present = Set(masks.flatMap(\.histogram.keys)).sorted()
    let textLimit = width - Self.swatch - Self.swatchGap
    let entries = present.map { index in
      let space = masks[0].labelSpace
      return Entry(
        name: ReportStyle.shortened(space.name(of: index), toWidth: textLimit), color: space.color(of: index))
    }
    let widest = entries.map { ReportStyle.width(of: $0.name) }.max() ?? 0
    columnWidth = Self.swatch + Self.swatchGap + widest
    let fitting = max(1, (width + Self.columnGap) / (columnWidth + Self.columnGap))
    rowCount = (entries.count + fitting - 1) / fitting
    self.entries = entries
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
    }
  }
}

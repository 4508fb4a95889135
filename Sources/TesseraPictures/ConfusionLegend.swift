import TesseraImaging

/// What the colors of a confusion matrix mean.
struct ConfusionLegend {
  private let notes: [String]
  private let hasEmptyRows: Bool

  private static let rampWidth = 300
  private static let rampHeight = ReportStyle.textHeight
  private static let lineHeight = ReportStyle.textHeight + 10
  private static let textGap = 10
  private static let emptyRow = "no true pixels"

  private static let ramps = [(true, "right"), (false, "confused")]

  /// - Parameters:
  ///   - leftOut: the number of classes that the matrix does not show.
  ///   - smaller: the number of other classes with too few pixels to be shown.
  ///   - hasEmptyRows: whether it shows classes without true pixels.
  init(leftOut: Int, smaller: Int = 0, hasEmptyRows: Bool) {
    self.hasEmptyRows = hasEmptyRows
    notes =
      ["percent of a row's pixels"]
      + (leftOut == 0
        ? [] : ["left out: \(leftOut) \(leftOut == 1 ? "class that occurs" : "classes that occur") nowhere"])
      + (smaller == 0 ? [] : ["left out: \(smaller) more with fewer pixels"])
  }

  var width: Int {
    let texts = Self.ramps.map(\.1) + (hasEmptyRows ? [Self.emptyRow] : [])
    let widest = texts.map(ReportStyle.width).max() ?? 0
    return max(Self.rampWidth + Self.textGap + widest, notes.map(ReportStyle.width).max() ?? 0)
  }

  var height: Int {
    // The ramps, their numbers, the swatch of empty rows, the notes.
    (Self.ramps.count + 1 + (hasEmptyRows ? 1 : 0) + notes.count) * Self.lineHeight
      - (Self.lineHeight - ReportStyle.textHeight)
  }

  func draw(on canvas: inout Canvas, x: Int, y: Int) {
    var top = y
    for (isRight, name) in Self.ramps {
      for column in 0..<Self.rampWidth {
        let position = (Double(column) + 0.5) / Double(Self.rampWidth)
        canvas.fill(
          x: x + column, y: top, width: 1, height: Self.rampHeight,
          with: ConfusionColors.color(of: position * position, isRight: isRight))
      }
      write(name, beside: Self.rampWidth, x: x, y: top, on: &canvas)
      top += Self.lineHeight
    }
    for percent in [0, 1, 5, 10, 25, 50, 100] {
      let tick = x + Int(ConfusionColors.position(of: Double(percent) / 100) * Double(Self.rampWidth - 1))
      canvas.fill(x: tick, y: top - 10, width: 1, height: 5, with: ReportStyle.softInk)
      let text = "\(percent)"
      let width = ReportStyle.width(of: text)
      let left = min(max(x, tick - width / 2), x + Self.rampWidth - width)
      canvas.write(text, x: left, y: top - 2, scale: ReportStyle.textScale, color: ReportStyle.softInk)
    }
    top += Self.lineHeight
    if hasEmptyRows {
      canvas.fill(
        x: x, y: top, width: 2 * Self.rampHeight, height: Self.rampHeight, with: ConfusionColors.nothing)
      write(Self.emptyRow, beside: 2 * Self.rampHeight, x: x, y: top, on: &canvas)
      top += Self.lineHeight
    }
    for note in notes {
      canvas.write(note, x: x, y: top, scale: ReportStyle.textScale, color: ReportStyle.softInk)
      top += Self.lineHeight
    }
  }

  private func write(_ text: String, beside width: Int, x: Int, y: Int, on canvas: inout Canvas) {
    canvas.write(
      text, x: x + width + Self.textGap, y: y, scale: ReportStyle.textScale, color: ReportStyle.ink)
  }
}

import TesseraImaging
import TesseraTensors

/// A confusion matrix as a picture: rows are true classes, columns are predicted classes, and colors are shares of a
/// row's pixels.
///
/// Classes that occur neither in truths nor in predictions are left out. Void has no row, and a column only if it was
/// predicted.
/// ```swift
/// try matrix.picture.write(to: "confusion.png")
/// ```
public struct ConfusionPicture: Sendable {
  /// The finished picture, RGB.
  public let image: Image

  /// - Parameters:
  ///   - counts: pixels by true and predicted class, `[classes, classes]` row-major.
  ///   - predictedVoid: true pixels of each class that were predicted as a void index outside the classes, `[classes]`.
  ///   - labelSpace: names and colors of the classes.
  public init(counts: [Int], predictedVoid: [Int], labelSpace: LabelSpace) {
    let count = labelSpace.count
    require(
      counts.count == count * count && predictedVoid.count == count,
      "ConfusionPicture: \(count) classes need [\(count), \(count)] counts and [\(count)] void ones; got \(counts.count) "
        + "and \(predictedVoid.count)")
    let table = ConfusionTable(counts: counts, predictedVoid: predictedVoid, labelSpace: labelSpace)
    let layout = ConfusionLayout(table)
    var canvas = Canvas(width: layout.width, height: layout.height, color: ReportStyle.paper)
    Self.drawNames(of: table, layout, on: &canvas)
    Self.drawCells(of: table, layout, on: &canvas)
    layout.legend.draw(on: &canvas, x: ReportStyle.margin, y: layout.legendTop)
    image = canvas.image
  }

  private static func drawNames(of table: ConfusionTable, _ layout: ConfusionLayout, on canvas: inout Canvas) {
    let scale = layout.textScale
    let swatch = layout.swatch
    // From a cell's edge to its swatch's, and to its name's capitals.
    let (inset, above) = ((layout.cell - swatch) / 2, (layout.cell - layout.textHeight) / 2)
    for (position, row) in table.rows.enumerated() {
      let top = layout.top + position * layout.cell
      let name = layout.names[position]
      canvas.write(
        name, x: layout.nameEnd - layout.width(of: name), y: top + above, scale: scale, color: ReportStyle.ink)
      drawSwatch(table.labelSpace.color(of: row.index), swatch, x: layout.swatchLeft, y: top + inset, on: &canvas)
    }
    for (position, column) in table.columns.enumerated() {
      let left = layout.left + position * layout.cell
      canvas.writeUpwards(
        layout.names[position], x: left + above, y: layout.columnNameFoot, scale: scale, color: ReportStyle.ink)
      drawSwatch(table.labelSpace.color(of: column), swatch, x: left + inset, y: layout.swatchTop, on: &canvas)
    }
    canvas.write(
      "prediction", x: layout.left, y: ReportStyle.margin, scale: ReportStyle.textScale, color: ReportStyle.softInk)
    canvas.writeUpwards(
      "truth", x: ReportStyle.margin, y: layout.top + ReportStyle.width(of: "truth"),
      scale: ReportStyle.textScale, color: ReportStyle.softInk)
  }

  private static func drawSwatch(_ color: Color, _ side: Int, x: Int, y: Int, on canvas: inout Canvas) {
    canvas.fill(x: x - 1, y: y - 1, width: side + 2, height: side + 2, with: ReportStyle.frame)
    canvas.fill(x: x, y: y, width: side, height: side, with: color)
  }

  private static func drawCells(of table: ConfusionTable, _ layout: ConfusionLayout, on canvas: inout Canvas) {
    // One pixel between cells.
    canvas.fill(
      x: layout.left - 1, y: layout.top - 1, width: layout.matrixWidth + 1, height: layout.matrixHeight + 1,
      with: layout.line)
    for row in table.rows.indices {
      for column in table.columns.indices {
        let (x, y) = (layout.left + column * layout.cell, layout.top + row * layout.cell)
        let side = layout.cell - 1
        let isRight = table.isRight(row, column)
        guard let share = table.share(row, column) else {
          canvas.fill(x: x, y: y, width: side, height: side, with: ConfusionColors.nothing)
          continue
        }
        canvas.fill(x: x, y: y, width: side, height: side, with: ConfusionColors.color(of: share, isRight: isRight))
        guard let text = layout.text(of: share) else { continue }
        canvas.write(
          text, x: x + (side - layout.width(of: text)) / 2, y: y + (side - layout.textHeight) / 2,
          scale: layout.textScale, color: ConfusionColors.ink(on: share, isRight: isRight))
      }
    }
  }
}

import Foundation
import TesseraImaging

/// The positions of the parts of a confusion matrix's picture, in pixels.
struct ConfusionLayout {
  /// The side of a cell, including the line after it.
  let cell: Int
  /// The size of a font pixel in names and cells.
  let textScale: Int
  /// The columns' names, of which the rows' are the first; long names are shortened.
  let names: [String]
  /// The widest of them.
  private let nameWidth: Int
  let matrixWidth: Int
  let matrixHeight: Int
  let legend: ConfusionLegend
  private let hasShares: Bool
  private let hasDecimals: Bool

  init(_ table: ConfusionTable) {
    let count = table.columns.count
    (cell, textScale) = count <= 4 ? (84, 2) : count <= 20 ? (46, 2) : count <= 48 ? (26, 1) : (13, 1)
    hasShares = cell >= 26
    hasDecimals = cell >= 84
    let scale = textScale
    names = table.columns.map {
      BitmapFont.standard.shortened(table.labelSpace.name(of: $0), toWidth: 220 / scale)
    }
    nameWidth = (names.map { BitmapFont.standard.width(of: $0) * scale }.max() ?? 0)
    matrixWidth = cell * count
    matrixHeight = cell * table.rows.count
    legend = ConfusionLegend(
      leftOut: table.leftOut, smaller: table.smaller, hasEmptyRows: table.rows.contains { $0.total == 0 })
  }

  private static let gap = 8

  /// The line between cells; fainter where there are many lines.
  var line: Color { hasShares ? ReportStyle.frame : Color(232, 233, 236) }

  var textHeight: Int { BitmapFont.standard.capitalHeight * textScale }
  var swatch: Int { textHeight }

  /// Descenders extend below capitals, or to their right in upward text.
  private var axisName: Int { BitmapFont.standard.height * ReportStyle.textScale }

  /// The right end of the rows' names.
  var nameEnd: Int { ReportStyle.margin + axisName + Self.gap + nameWidth }
  var swatchLeft: Int { nameEnd + Self.gap }
  /// The matrix's first cell.
  var left: Int { swatchLeft + swatch + Self.gap }
  /// The bottom end of the columns' names.
  var columnNameFoot: Int { ReportStyle.margin + axisName + Self.gap + nameWidth }
  var swatchTop: Int { columnNameFoot + Self.gap }
  /// The matrix's first cell.
  var top: Int { swatchTop + swatch + Self.gap }

  var legendTop: Int {
    top + max(matrixHeight, ReportStyle.width(of: "truth")) + ReportStyle.legendGap
  }
  var width: Int {
    max(left + max(matrixWidth, ReportStyle.width(of: "prediction")), ReportStyle.margin + legend.width)
      + ReportStyle.margin
  }
  var height: Int { legendTop + legend.height + ReportStyle.margin }

  func width(of text: String) -> Int { BitmapFont.standard.width(of: text) * textScale }

  /// A share in percent, if there is one and cells have room for it.
  func text(of share: Double) -> String? {
    guard hasShares, share > 0 else { return nil }
    if share < 1 {
      // A share below 100% must not be shown as 100.
      if hasDecimals { return String(format: "%.1f", min(99.9, max(0.1, 100 * share))) }
      return share < 0.005 ? "<1" : "\(min(99, Int((100 * share).rounded())))"
    }
    return "100"
  }
}

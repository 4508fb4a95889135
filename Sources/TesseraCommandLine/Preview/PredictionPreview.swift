import Tessera
import TesseraTerminal

/// A picture and its mask side by side in a terminal, with the classes that the mask holds.
package struct PredictionPreview {
  private static let gap = "  "
  /// Where no terminal reports a size, as in a pipe.
  private static let (usualWidth, usualHeight) = (80, 40)
  /// The number of classes named.
  private static let named = 16

  private let image: Image
  private let mask: Mask
  private let terminal: Terminal

  /// - Parameters:
  ///   - image: the picture.
  ///   - mask: of the same size.
  ///   - terminal: whose size and colors count.
  package init(_ image: Image, _ mask: Mask, terminal: Terminal = .standardOutput) {
    (self.image, self.mask, self.terminal) = (image, mask, terminal)
  }

  /// Without a line break at its end.
  package var text: String {
    let legend = shares
    let (columns, rows) = size(besides: (min(legend.count, Self.named) + 1) / 2 + 3)
    let pictures: (left: [String], right: [String])
    let marks: [String]
    if let pixels = TerminalPixels(terminal) {
      let (width, height) = (columns, 2 * rows)
      pictures = (
        pixels.lines(image.resized(toWidth: width, height: height)),
        pixels.lines(mask.resized(toWidth: width, height: height).colored)
      )
      marks = legend.map { pixels.swatch(mask.labelSpace.color(of: $0.index)) }
    } else {
      let letters = TerminalLetters(classes: legend.map(\.index))
      pictures = (
        letters.lines(image.resized(toWidth: columns, height: rows)),
        letters.lines(mask.resized(toWidth: columns, height: rows))
      )
      marks = legend.map { String(letters.letter($0.index)) }
    }
    let panels = zip(pictures.left, pictures.right).map { $0 + Self.gap + $1 }
    return (panels + [""] + lines(of: legend, marks)).joined(separator: "\n")
  }

  /// Columns and rows of characters for each picture, which are twice as high as wide.
  private func size(besides legendRows: Int) -> (columns: Int, rows: Int) {
    let width = max(4, ((terminal.width ?? Self.usualWidth) - Self.gap.count) / 2)
    let height = max(4, (terminal.height ?? Self.usualHeight) - legendRows)
    let rowsPerColumn = Double(image.height) / Double(image.width) / 2
    let columns = max(1, min(Double(width), Double(height) / rowsPerColumn))
    return (Int(columns), max(1, min(height, Int((columns * rowsPerColumn).rounded()))))
  }

  /// The classes with their shares of the mask, the largest first.
  private var shares: [(index: Int, share: Double)] {
    let total = Double(mask.indices.count)
    return mask.histogram.map { ($0.key, Double($0.value) / total) }
      .sorted { ($1.share, $0.index) < ($0.share, $1.index) }
  }

  /// The legend in two columns.
  private func lines(of shares: [(index: Int, share: Double)], _ marks: [String]) -> [String] {
    let width = max(20, ((terminal.width ?? Self.usualWidth) - Self.gap.count) / 2)
    let entries = zip(shares, marks).prefix(Self.named).map { entry, mark in
      let percent = "\((1000 * entry.share).rounded() / 10) %"
      // A swatch takes two columns, whatever it is written with.
      let markColumns = mark.count == 1 ? 1 : 2
      let room = width - markColumns - percent.count - 2
      let name = mask.labelSpace.name(of: entry.index).safeOnOneLine
      let shown = name.count <= room ? name : String(name.prefix(room - 1)) + (terminal.showsUnicode ? "…" : "~")
      let space = String(repeating: " ", count: max(0, room - shown.count))
      return "\(mark) \(shown)\(space) \(percent)"
    }
    let half = (entries.count + 1) / 2
    var lines = (0..<half).map { row in
      entries[row] + (row + half < entries.count ? Self.gap + entries[row + half] : "")
    }
    if shares.count > Self.named { lines.append("and \(shares.count - Self.named) more classes") }
    return lines
  }
}

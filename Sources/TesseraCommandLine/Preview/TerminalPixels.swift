import Tessera
import TesseraTerminal

/// Pictures as text: two pixels in each character, one above the other, in a terminal's colors.
///
/// The character is U+2580, the upper half of a block, in the upper pixel's color on the lower pixel's.
package struct TerminalPixels {
  private static let upperHalf = "\u{2580}"
  private let isFull: Bool

  /// - Returns: `nil` if the terminal has too few colors or shows no such character.
  init?(_ terminal: Terminal) {
    guard terminal.colors >= .indexed, terminal.showsUnicode else { return nil }
    isFull = terminal.colors == .full
  }

  /// One text for every two rows of pixels; an odd last row has nothing below it.
  func lines(_ image: Image) -> [String] {
    let pixels = image.pixels
    func color(_ row: Int, _ column: Int) -> Color {
      let place = (row * image.width + column) * image.channels
      return image.channels == 1
        ? Color(pixels[place], pixels[place], pixels[place])
        : Color(pixels[place], pixels[place + 1], pixels[place + 2])
    }
    return stride(from: 0, to: image.height, by: 2).map { row in
      var line = ""
      var last: (Color, Color?)?
      for column in 0..<image.width {
        let (upper, lower) = (color(row, column), row + 1 < image.height ? color(row + 1, column) : nil)
        let isSame = last.map { $0 == (upper, lower) } ?? false
        if !isSame {
          line += "\u{1B}[\(code(upper, isBackground: false));\(lower.map { code($0, isBackground: true) } ?? "49")m"
          last = (upper, lower)
        }
        line += Self.upperHalf
      }
      return line + "\u{1B}[0m"
    }
  }

  /// A few columns of one color.
  func swatch(_ color: Color) -> String { "\u{1B}[\(code(color, isBackground: true))m  \u{1B}[0m" }

  private func code(_ color: Color, isBackground: Bool) -> String {
    let kind = isBackground ? 48 : 38
    return isFull
      ? "\(kind);2;\(color.red);\(color.green);\(color.blue)" : "\(kind);5;\(Self.index(of: color))"
  }

  /// The nearest of xterm's 256 colors: a cube of 6 x 6 x 6 from 16 on, 24 grays from 232 on.
  package static func index(of color: Color) -> Int {
    let levels = [0, 95, 135, 175, 215, 255]
    let parts = [color.red, color.green, color.blue].map(Int.init)
    let steps = parts.map { part in levels.indices.min { abs(levels[$0] - part) < abs(levels[$1] - part) } ?? 0 }
    let grey = max(0, min(23, (parts.reduce(0, +) / 3 - 3) / 10))
    func distance(_ other: [Int]) -> Int { zip(parts, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
    let cube = distance(steps.map { levels[$0] })
    return distance([8 + 10 * grey, 8 + 10 * grey, 8 + 10 * grey]) < cube
      ? 232 + grey : 16 + 36 * steps[0] + 6 * steps[1] + steps[2]
  }
}

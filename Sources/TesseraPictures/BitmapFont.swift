import Foundation
import TesseraImaging

/// A small proportional typeface for captions: printable ASCII, capitals 7 pixels high, descenders 2 more.
struct BitmapFont {
  /// One character's pixels.
  struct Glyph {
    let width: Int

    /// One number per row from the top, with the leftmost pixel in bit `width - 1`.
    let rows: [UInt8]

    func isInked(x: Int, y: Int) -> Bool { rows[y] >> UInt8(width - 1 - x) & 1 == 1 }
  }

  static let standard = BitmapFont()

  /// From the top of a capital to its baseline.
  let capitalHeight = 7

  /// From the top of a capital to the bottom of a descender.
  let height = 9

  private let glyphs: [Glyph]
  private let spaceWidth = 3

  private init() {
    glyphs = Self.table.split(separator: "\n").map { line in
      let numbers = line.split(separator: " ").map { Int($0, radix: 16) ?? 0 }
      return Glyph(width: numbers[0], rows: numbers.dropFirst().map(UInt8.init))
    }
  }

  /// The picture of a character; accents are dropped, and whatever is still not ASCII becomes a question mark; `nil`
  /// for a space.
  func glyph(of character: Character) -> Glyph? {
    let base = character.asciiValue ?? Self.withoutAccents(character)
    if base == 32 { return nil }
    let questionMark = 63
    let index = base.map(Int.init).flatMap { (33..<127).contains($0) ? $0 : nil } ?? questionMark
    return glyphs[index - 33]
  }

  /// The width of a line of text in font pixels.
  func width(of text: String) -> Int {
    let widths = text.map { glyph(of: $0)?.width ?? spaceWidth }
    return widths.reduce(0, +) + max(0, widths.count - 1)
  }

  /// The text, or as much of its start as fits into `limit` font pixels followed by dots; reads no further than that.
  func shortened(_ text: String, toWidth limit: Int) -> String {
    let dots = "..."
    let room = limit - width(of: dots)
    var (end, fitting, used) = (text.startIndex, text.startIndex, 0)
    while end < text.endIndex {
      used += (glyph(of: text[end])?.width ?? spaceWidth) + 1
      if used - 1 > limit { return text[..<fitting] + dots }
      end = text.index(after: end)
      if used <= room { fitting = end }
    }
    return text
  }

  /// Calls `ink` for each inked font pixel of a line of text, from its left end and the top of the capitals.
  func draw(_ text: String, ink: (_ x: Int, _ y: Int) -> Void) {
    var left = 0
    for character in text {
      guard let glyph = glyph(of: character) else {
        left += spaceWidth + 1
        continue
      }
      for y in 0..<height {
        for x in 0..<glyph.width where glyph.isInked(x: x, y: y) { ink(left + x, y) }
      }
      left += glyph.width + 1
    }
  }

  private static func withoutAccents(_ character: Character) -> UInt8? {
    String(character).decomposedStringWithCanonicalMapping.unicodeScalars.first.flatMap { UInt8(exactly: $0.value) }
  }

  /// "!" to "~", one per line: the width, then nine rows in hexadecimal.
  private static let table = """
    1 01 01 01 01 01 00 01 00 00
    3 05 05 05 00 00 00 00 00 00
    5 0A 0A 1F 0A 1F 0A 0A 00 00
    5 04 0F 14 0E 05 1E 04 00 00
    5 19 19 02 04 08 13 13 00 00
    5 0C 12 14 08 15 12 0D 00 00
    1 01 01 01 00 00 00 00 00 00
    3 01 02 04 04 04 02 01 00 00
    3 04 02 01 01 01 02 04 00 00
    5 00 04 15 0E 15 04 00 00 00
    5 00 00 04 04 1F 04 04 00 00
    2 00 00 00 00 00 01 01 02 00
    4 00 00 00 00 0F 00 00 00 00
    1 00 00 00 00 00 00 01 00 00
    5 01 02 02 04 08 08 10 00 00
    5 0E 11 13 15 19 11 0E 00 00
    5 04 0C 04 04 04 04 0E 00 00
    5 0E 11 01 02 04 08 1F 00 00
    5 0E 11 01 06 01 11 0E 00 00
    5 02 06 0A 12 1F 02 02 00 00
    5 1F 10 1E 01 01 11 0E 00 00
    5 0E 10 10 1E 11 11 0E 00 00
    5 1F 01 02 04 04 08 08 00 00
    5 0E 11 11 0E 11 11 0E 00 00
    5 0E 11 11 0F 01 01 0E 00 00
    1 00 00 01 00 00 01 00 00 00
    2 00 00 01 00 00 01 01 02 00
    4 01 02 04 08 04 02 01 00 00
    4 00 00 0F 00 0F 00 00 00 00
    4 08 04 02 01 02 04 08 00 00
    5 0E 11 01 02 04 00 04 00 00
    5 0E 11 17 15 16 10 0E 00 00
    5 0E 11 11 1F 11 11 11 00 00
    5 1E 11 11 1E 11 11 1E 00 00
    5 0E 11 10 10 10 11 0E 00 00
    5 1E 11 11 11 11 11 1E 00 00
    5 1F 10 10 1E 10 10 1F 00 00
    5 1F 10 10 1E 10 10 10 00 00
    5 0E 11 10 17 11 11 0E 00 00
    5 11 11 11 1F 11 11 11 00 00
    3 07 02 02 02 02 02 07 00 00
    5 07 02 02 02 02 12 0C 00 00
    5 11 12 14 18 14 12 11 00 00
    5 10 10 10 10 10 10 1F 00 00
    5 11 1B 15 15 11 11 11 00 00
    5 11 19 15 13 11 11 11 00 00
    5 0E 11 11 11 11 11 0E 00 00
    5 1E 11 11 1E 10 10 10 00 00
    5 0E 11 11 11 15 12 0D 00 00
    5 1E 11 11 1E 14 12 11 00 00
    5 0F 10 10 0E 01 01 1E 00 00
    5 1F 04 04 04 04 04 04 00 00
    5 11 11 11 11 11 11 0E 00 00
    5 11 11 11 11 0A 0A 04 00 00
    5 11 11 11 15 15 1B 11 00 00
    5 11 11 0A 04 0A 11 11 00 00
    5 11 11 0A 04 04 04 04 00 00
    5 1F 01 02 04 08 10 1F 00 00
    3 07 04 04 04 04 04 07 00 00
    5 10 08 08 04 02 02 01 00 00
    3 07 01 01 01 01 01 07 00 00
    5 04 0A 11 00 00 00 00 00 00
    5 00 00 00 00 00 00 00 1F 00
    2 02 01 00 00 00 00 00 00 00
    5 00 00 0E 01 0F 11 0F 00 00
    5 10 10 1E 11 11 11 1E 00 00
    4 00 00 07 08 08 08 07 00 00
    5 01 01 0F 11 11 11 0F 00 00
    5 00 00 0E 11 1F 10 0F 00 00
    4 03 04 0E 04 04 04 04 00 00
    5 00 00 0F 11 11 11 0F 01 0E
    5 10 10 1E 11 11 11 11 00 00
    1 01 00 01 01 01 01 01 00 00
    3 01 00 01 01 01 01 01 01 06
    4 08 08 09 0A 0C 0A 09 00 00
    2 02 02 02 02 02 02 01 00 00
    5 00 00 1E 15 15 15 15 00 00
    5 00 00 1E 11 11 11 11 00 00
    5 00 00 0E 11 11 11 0E 00 00
    5 00 00 1E 11 11 11 1E 10 10
    5 00 00 0F 11 11 11 0F 01 01
    4 00 00 0B 0C 08 08 08 00 00
    5 00 00 0F 10 0E 01 1E 00 00
    4 04 04 0E 04 04 04 03 00 00
    5 00 00 11 11 11 11 0F 00 00
    5 00 00 11 11 11 0A 04 00 00
    5 00 00 11 11 15 15 0A 00 00
    5 00 00 11 0A 04 0A 11 00 00
    5 00 00 11 11 11 11 0F 01 0E
    5 00 00 1F 02 04 08 1F 00 00
    4 03 04 04 08 04 04 03 00 00
    1 01 01 01 01 01 01 01 00 00
    4 0C 02 02 01 02 02 0C 00 00
    5 00 00 00 09 15 12 00 00 00
    """
}

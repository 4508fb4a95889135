import TesseraImaging

extension Canvas {
  /// Draws a line of text that reads upwards; (x, y) is the bottom left corner of its area, with the tops of capitals
  /// to the left.
  mutating func writeUpwards(_ text: String, x: Int, y: Int, scale: Int, color: Color) {
    BitmapFont.standard.draw(text) { column, row in
      fill(x: x + row * scale, y: y - (column + 1) * scale, width: scale, height: scale, with: color)
    }
  }
}

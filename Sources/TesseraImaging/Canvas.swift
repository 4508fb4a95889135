/// An RGB picture that is drawn on; what lies outside is cut off.
struct Canvas {
  private(set) var image: Image

  init(width: Int, height: Int, color: Color) { image = Image(width: width, height: height, color: color) }

  mutating func fill(x: Int, y: Int, width: Int, height: Int, with color: Color) {
    for row in max(0, y)..<max(0, min(image.height, y + height), y) {
      guard row < image.height else { return }
      for column in max(0, x)..<max(0, min(image.width, x + width), x) where column < image.width {
        set(column, row, to: color)
      }
    }
  }

  /// Draws an 8-bit view of `picture` with its top left corner at (x, y).
  mutating func place(_ picture: Image, x: Int, y: Int) {
    let pixels = picture.pixels
    for row in 0..<picture.height {
      for column in 0..<picture.width where isInside(x + column, y + row) {
        let source = (row * picture.width + column) * picture.channels
        let color =
          picture.channels == 3
          ? Color(pixels[source], pixels[source + 1], pixels[source + 2])
          : Color(pixels[source], pixels[source], pixels[source])
        set(x + column, y + row, to: color)
      }
    }
  }

  /// Draws a line of text whose capitals' top left corner is (x, y), each font pixel `scale` pixels wide and high.
  mutating func write(_ text: String, x: Int, y: Int, scale: Int, color: Color) {
    BitmapFont.standard.draw(text) { column, row in
      fill(x: x + column * scale, y: y + row * scale, width: scale, height: scale, with: color)
    }
  }

  private func isInside(_ x: Int, _ y: Int) -> Bool { x >= 0 && y >= 0 && x < image.width && y < image.height }

  private mutating func set(_ x: Int, _ y: Int, to color: Color) {
    let start = (y * image.width + x) * 3
    image.pixels[start] = color.red
    image.pixels[start + 1] = color.green
    image.pixels[start + 2] = color.blue
  }
}

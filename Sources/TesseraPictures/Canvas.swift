import TesseraImaging

/// An RGB picture to draw on; whatever lies outside is cut off.
struct Canvas {
  let width: Int
  let height: Int
  private var pixels: [UInt8]

  init(width: Int, height: Int, color: Color) {
    self.width = width
    self.height = height
    pixels = Image(width: width, height: height, color: color).pixels
  }

  var image: Image { Image(width: width, height: height, channels: 3, pixels: pixels) }

  mutating func fill(x: Int, y: Int, width: Int, height: Int, with color: Color) {
    for row in (y..<y + height).clamped(to: 0..<self.height) {
      for column in (x..<x + width).clamped(to: 0..<self.width) { set(column, row, to: color) }
    }
  }

  /// Draws an 8-bit view of `picture` with its top left corner at (x, y).
  mutating func place(_ picture: Image, x: Int, y: Int) {
    let source = picture.pixels
    for row in (y..<y + picture.height).clamped(to: 0..<height) {
      for column in (x..<x + picture.width).clamped(to: 0..<width) {
        let start = ((row - y) * picture.width + column - x) * picture.channels
        let last = picture.channels - 1
        set(column, row, to: Color(source[start], source[start + last / 2], source[start + last]))
      }
    }
  }

  /// Draws a line of text whose capitals' top left corner is (x, y), each font pixel `scale` pixels wide and high.
  mutating func write(_ text: String, x: Int, y: Int, scale: Int, color: Color) {
    BitmapFont.standard.draw(text) { column, row in
      fill(x: x + column * scale, y: y + row * scale, width: scale, height: scale, with: color)
    }
  }

  private mutating func set(_ x: Int, _ y: Int, to color: Color) {
    let start = (y * width + x) * 3
    pixels[start] = color.red
    pixels[start + 1] = color.green
    pixels[start + 2] = color.blue
  }
}

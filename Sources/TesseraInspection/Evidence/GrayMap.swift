import TesseraImaging

/// The brightness of a picture, and whether it has colors at all.
struct GrayMap: Sendable {
  let width: Int
  let height: Int
  /// 0...255, row by row.
  let values: [Float]
  /// Whether red, green and blue are equal everywhere, but for what compression does to them.
  let isGray: Bool
  /// The standard deviation of the brightness.
  let contrast: Float

  /// JPEGs of gray pictures in color differ by less.
  private static let leastColor = 6

  init(_ image: Image) {
    (width, height) = (image.width, image.height)
    let pixels = image.pixels
    var values = [Float](repeating: 0, count: image.width * image.height)
    var isGray = true
    for place in values.indices {
      if image.channels == 1 {
        values[place] = Float(pixels[place])
        continue
      }
      let (red, green, blue) = (Int(pixels[3 * place]), Int(pixels[3 * place + 1]), Int(pixels[3 * place + 2]))
      values[place] = Float(77 * red + 150 * green + 29 * blue) / 256
      if max(red, green, blue) - min(red, green, blue) > Self.leastColor { isGray = false }
    }
    self.values = values
    self.isGray = isGray
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    let squares = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    contrast = Float((squares / Double(values.count)).squareRoot())
  }

  /// The lengths of the gradients by central differences; 0 at the border.
  var gradients: [Float] {
    var result = [Float](repeating: 0, count: values.count)
    guard width > 2, height > 2 else { return result }
    for y in 1..<height - 1 {
      for x in 1..<width - 1 {
        let place = y * width + x
        let across = values[place + 1] - values[place - 1]
        let down = values[place + width] - values[place - width]
        result[place] = (across * across + down * down).squareRoot()
      }
    }
    return result
  }

  /// Means over `side` x `side` cells of equal size.
  func cells(_ side: Int) -> [Float] {
    (0..<side * side).map { cell in
      let (row, column) = (cell / side, cell % side)
      let rows = row * height / side..<max(row * height / side + 1, (row + 1) * height / side)
      let columns = column * width / side..<max(column * width / side + 1, (column + 1) * width / side)
      var sum: Float = 0
      for y in rows where y < height { for x in columns where x < width { sum += values[y * width + x] } }
      return sum / Float(rows.count * columns.count)
    }
  }
}

/// Label Studio's brush strokes: the bytes of an RGBA picture, of which the alpha channel is the stroke, packed into
/// bits.
///
/// A heading says the number of values (32 bits), their width (5) and four widths of lengths (4 each), all widths less
/// 1. Then come runs: a bit that says whether all values are equal, two that choose a width, the length less 1, and the
/// value or values.
struct BrushRuns {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The strokes' pixels as lengths outside and inside in turn, down the columns.
  ///
  /// - Returns: `nil` if the bytes are damaged or of another size.
  func lengths(width: Int, height: Int) -> [UInt32]? {
    var reader = self
    return reader.alpha(count: width * height).map { alpha in
      PixelRuns(width: width, height: height, of: height) { alpha[$0] }.lengths(of: width * height)
    }
  }

  /// Whether each pixel is within a stroke, row by row.
  private mutating func alpha(count: Int) -> [Bool]? {
    guard read(32) == 4 * count, let bits = read(5) else { return nil }
    let widths = (0..<4).compactMap { _ in read(4).map { $0 + 1 } }
    guard widths.count == 4 else { return nil }
    var alpha = [Bool](repeating: false, count: count)
    var value = 0
    while value < 4 * count {
      guard let isRun = read(1), let choice = read(2), let length = read(widths[choice]) else { return nil }
      let end = value + length + 1
      guard end <= 4 * count, var current = read(bits + 1) else { return nil }
      while value < end {
        if value % 4 == 3 { alpha[value / 4] = current != 0 }
        value += 1
        if isRun == 0 && value < end {
          guard let next = read(bits + 1) else { return nil }
          current = next
        }
      }
    }
    return alpha
  }

  /// The next `count` bits, at most 32, as a number; `nil` at the end.
  private mutating func read(_ count: Int) -> Int? {
    guard place + count <= 8 * bytes.count else { return nil }
    var number = 0
    for bit in place..<place + count { number = number << 1 | Int(bytes[bit / 8] >> UInt8(7 - bit % 8) & 1) }
    place += count
    return number
  }
}

/// An 8-bit color.
public struct Color: Sendable, Hashable, Codable, CustomStringConvertible {
  /// 0...255.
  public var red: UInt8
  /// 0...255.
  public var green: UInt8
  /// 0...255.
  public var blue: UInt8

  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// No light at all; void in most palettes.
  public static let black = Color(0, 0, 0)

  public static let white = Color(255, 255, 255)

  /// The color as in style sheets: `#ff8000`.
  public var description: String {
    "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The gray of the same brightness (ITU-R BT.601 luma).
  public var luma: UInt8 {
    let weighted = 299 * Int(red) + 587 * Int(green) + 114 * Int(blue)
    return UInt8((weighted + 500) / 1000)
  }
}

import TesseraImaging

/// The look of pictures for reports: lengths in pixels.
enum ReportStyle {
  static let textScale = 2
  static let textHeight = BitmapFont.standard.capitalHeight * textScale
  static let leastPanelWidth = 240
  static let greatestPanelHeight = 4096
  static let margin = 20
  static let gap = 16
  static let legendGap = 20
  static let captionGap = 10
  static let paper = Color(252, 252, 250)
  static let ink = Color(32, 34, 38)
  static let softInk = Color(96, 100, 108)
  static let frame = Color(206, 208, 212)

  /// The integer factor by which small pictures are enlarged to a width of `least` pixels, as far as their height
  /// allows.
  static func enlargement(of size: (width: Int, height: Int), toWidth least: Int) -> Int {
    max(1, min((least + size.width - 1) / size.width, greatestPanelHeight / size.height))
  }

  static func width(of text: String) -> Int { BitmapFont.standard.width(of: text) * textScale }

  /// The text, or as much of its start as fits followed by dots.
  static func shortened(_ text: String, toWidth limit: Int) -> String {
    BitmapFont.standard.shortened(text, toWidth: limit / textScale)
  }
}

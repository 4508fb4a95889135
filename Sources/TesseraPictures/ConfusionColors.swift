import TesseraImaging

/// The colors of shares in a confusion matrix: blue where truth and prediction agree, orange where they do not.
enum ConfusionColors {
  /// Small shares must be visible next to large ones: colors follow the square root.
  static func position(of share: Double) -> Double { share.squareRoot() }

  static func color(of share: Double, isRight: Bool) -> Color { shade(share, isRight: isRight).color }

  /// The text color that is most legible on the color of a share.
  static func ink(on share: Double, isRight: Bool) -> Color {
    shade(share, isRight: isRight).lightness < 0.68 ? ReportStyle.paper : ReportStyle.ink
  }

  /// For classes without true pixels, which have no shares.
  static let nothing = Color(226, 227, 230)

  private static func shade(_ share: Double, isRight: Bool) -> Oklab {
    let position = position(of: share)
    let end = isRight ? (lightness: 0.46, chroma: 0.13, hue: 255.0) : (lightness: 0.60, chroma: 0.17, hue: 45.0)
    return Oklab(
      lightness: 0.975 + (end.lightness - 0.975) * position, chroma: end.chroma * position, hueDegrees: end.hue)
  }
}

import TesseraTensors

/// A photograph, its true mask and a predicted mask side by side, with captions and a legend of the classes that occur.
///
/// ```swift
/// let picture = PredictionPicture(of: image, truth: mask, prediction: predicted, title: "street_057, epoch 10")
/// try picture.image.write(to: "predictions/street_057.png")
/// ```
public struct PredictionPicture: Sendable {
  /// The finished picture, RGB.
  public let image: Image

  /// - Parameters:
  ///   - photograph: what the network saw.
  ///   - truth: the true mask, of the photograph's size; `nil` leaves its panel out.
  ///   - prediction: the predicted mask, of the photograph's size and the truth's label space.
  ///   - title: a line above; `nil` for none.
  public init(of photograph: Image, truth: Mask?, prediction: Mask, title: String? = nil) {
    for mask in [truth, prediction].compactMap({ $0 }) {
      require(
        mask.width == photograph.width && mask.height == photograph.height,
        "PredictionPicture: the masks must be \(photograph.width) x \(photograph.height) as the photograph; "
          + "got \(mask.width) x \(mask.height)")
    }
    // A legend needs some width: small pictures are enlarged by a whole factor.
    let factor = max(1, (Style.leastPanelWidth + photograph.width - 1) / photograph.width)
    let size = (width: photograph.width * factor, height: photograph.height * factor)
    var panels = [("image", photograph.resized(toWidth: size.width, height: size.height))]
    if let truth { panels.append(("truth", truth.colored.enlarged(by: factor))) }
    panels.append(("prediction", prediction.colored.enlarged(by: factor)))

    let width = panels.count * size.width + (panels.count - 1) * Style.gap + 2 * Style.margin
    let legend = Legend(of: [truth, prediction].compactMap { $0 }, width: width - 2 * Style.margin)
    let titleHeight = title == nil ? 0 : Style.textHeight + Style.gap
    let captionTop = Style.margin + titleHeight
    let panelTop = captionTop + Style.textHeight + Style.captionGap
    let legendTop = panelTop + size.height + Style.legendGap
    var canvas = Canvas(width: width, height: legendTop + legend.height + Style.margin, color: Style.paper)
    if let title {
      let line = Style.shortened(title, toWidth: width - 2 * Style.margin)
      canvas.write(line, x: Style.margin, y: Style.margin, scale: Style.textScale, color: Style.ink)
    }
    for (position, panel) in panels.enumerated() {
      let left = Style.margin + position * (size.width + Style.gap)
      canvas.write(panel.0, x: left, y: captionTop, scale: Style.textScale, color: Style.softInk)
      canvas.fill(x: left - 1, y: panelTop - 1, width: size.width + 2, height: size.height + 2, with: Style.frame)
      canvas.place(panel.1, x: left, y: panelTop)
    }
    legend.draw(on: &canvas, x: Style.margin, y: legendTop)
    image = canvas.image
  }
}

/// The look of pictures for reports: lengths in pixels.
enum Style {
  static let textScale = 2
  static let textHeight = BitmapFont.standard.capitalHeight * textScale
  static let leastPanelWidth = 240
  static let margin = 20
  static let gap = 16
  static let legendGap = 20
  static let captionGap = 10
  static let paper = Color(252, 252, 250)
  static let ink = Color(32, 34, 38)
  static let softInk = Color(96, 100, 108)
  static let frame = Color(206, 208, 212)

  static func width(of text: String) -> Int { BitmapFont.standard.width(of: text) * textScale }

  /// The text, or as much of its start as fits with dots behind.
  static func shortened(_ text: String, toWidth limit: Int) -> String {
    guard width(of: text) > limit else { return text }
    var start = text[...]
    while !start.isEmpty, width(of: start + "...") > limit { start.removeLast() }
    return start + "..."
  }
}

import TesseraImaging
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
  ///   - truth: the true mask, of the photograph's size; `nil` omits its panel.
  ///   - prediction: the predicted mask, of the photograph's size and the truth's label space.
  ///   - title: a line above; `nil` for none.
  public init(of photograph: Image, truth: Mask?, prediction: Mask, title: String? = nil) {
    for mask in [truth, prediction].compactMap({ $0 }) {
      require(
        mask.width == photograph.width && mask.height == photograph.height,
        "PredictionPicture: the masks must be \(photograph.width) x \(photograph.height) like the photograph; "
          + "got \(mask.width) x \(mask.height)")
    }
    // A legend needs some width: small pictures are enlarged by an integer factor.
    let factor = ReportStyle.enlargement(
      of: (photograph.width, photograph.height), toWidth: ReportStyle.leastPanelWidth)
    let size = (width: photograph.width * factor, height: photograph.height * factor)
    var panels = [("image", photograph.resized(toWidth: size.width, height: size.height))]
    if let truth { panels.append(("truth", truth.colored.enlarged(by: factor))) }
    panels.append(("prediction", prediction.colored.enlarged(by: factor)))

    let width = panels.count * size.width + (panels.count - 1) * ReportStyle.gap + 2 * ReportStyle.margin
    let legend = Legend(of: [truth, prediction].compactMap { $0 }, width: width - 2 * ReportStyle.margin)
    let titleHeight = title == nil ? 0 : ReportStyle.textHeight + ReportStyle.gap
    let captionTop = ReportStyle.margin + titleHeight
    let panelTop = captionTop + ReportStyle.textHeight + ReportStyle.captionGap
    let legendTop = panelTop + size.height + ReportStyle.legendGap
    var canvas = Canvas(width: width, height: legendTop + legend.height + ReportStyle.margin, color: ReportStyle.paper)
    if let title {
      let line = ReportStyle.shortened(title, toWidth: width - 2 * ReportStyle.margin)
      canvas.write(
        line, x: ReportStyle.margin, y: ReportStyle.margin, scale: ReportStyle.textScale, color: ReportStyle.ink)
    }
    for (position, panel) in panels.enumerated() {
      let left = ReportStyle.margin + position * (size.width + ReportStyle.gap)
      canvas.write(panel.0, x: left, y: captionTop, scale: ReportStyle.textScale, color: ReportStyle.softInk)
      canvas.fill(x: left - 1, y: panelTop - 1, width: size.width + 2, height: size.height + 2, with: ReportStyle.frame)
      canvas.place(panel.1, x: left, y: panelTop)
    }
    legend.draw(on: &canvas, x: ReportStyle.margin, y: legendTop)
    image = canvas.image
  }
}

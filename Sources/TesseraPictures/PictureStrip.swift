import TesseraImaging
import TesseraTensors

/// A photograph, its true mask and a predicted mask side by side without any text, for pages with their own captions;
/// see ``PredictionPicture`` for a picture with captions.
public struct PictureStrip: Sendable {
  /// The finished picture, RGB.
  public let image: Image

  private static let gap = 6
  // Pages shrink pictures rather than enlarge them: an integer factor keeps the pixels of small ones sharp.
  private static let leastPanelWidth = 112

  /// - Parameters:
  ///   - photograph: what the network saw.
  ///   - truth: the true mask, of the photograph's size.
  ///   - prediction: the predicted mask, of the photograph's size.
  public init(of photograph: Image, truth: Mask, prediction: Mask) {
    for mask in [truth, prediction] {
      require(
        mask.width == photograph.width && mask.height == photograph.height,
        "PictureStrip: the masks must be \(photograph.width) x \(photograph.height) like the photograph; "
          + "got \(mask.width) x \(mask.height)")
    }
    let factor = ReportStyle.enlargement(of: (photograph.width, photograph.height), toWidth: Self.leastPanelWidth)
    let panels = [photograph, truth.colored, prediction.colored].map { $0.enlarged(by: factor) }
    let step = photograph.width * factor + Self.gap
    var canvas = Canvas(width: 3 * step - Self.gap, height: photograph.height * factor, color: ReportStyle.paper)
    for (position, panel) in panels.enumerated() { canvas.place(panel, x: position * step, y: 0) }
    image = canvas.image
  }

  /// The names and colors of the classes that occur in `masks`, which share a label space.
  ///
  /// - Parameters:
  ///   - masks: at least one.
  ///   - width: in pixels.
  public static func legend(of masks: [Mask], width: Int = 350) -> Image {
    require(!masks.isEmpty, "PictureStrip.legend: there must be at least one mask")
    let margin = ReportStyle.margin / 2
    let legend = Legend(of: masks, width: width - 2 * margin)
    var canvas = Canvas(width: width, height: legend.height + 2 * margin, color: ReportStyle.paper)
    legend.draw(on: &canvas, x: margin, y: margin)
    return canvas.image
  }
}

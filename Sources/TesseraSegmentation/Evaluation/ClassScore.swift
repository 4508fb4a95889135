import TesseraFiles

/// How well one class is predicted; a ratio without a denominator is 0.
public struct ClassScore: Sendable, Equatable, Codable {
  /// The class's index in the label space.
  public let index: Int
  public let name: String
  /// True pixels of this class.
  public let pixels: Int
  /// Pixels that are predicted as this class and not void in truth.
  public let predicted: Int
  /// Pixels that are both.
  public let right: Int

  init(index: Int, name: String, pixels: Int, predicted: Int, right: Int) {
    (self.index, self.name) = (index, name)
    (self.pixels, self.predicted, self.right) = (pixels, predicted, right)
  }

  private enum CodingKeys: CodingKey { case index, name, pixels, predicted, right }

  /// The most pixels of one class accepted from a file: summed over all possible classes, they still fit.
  private static let mostPixels = 1 << 46

  public init(from decoder: any Decoder) throws {
    let score = try decoder.container(keyedBy: CodingKeys.self)
    index = try score.count(.index, upTo: Int(UInt16.max))
    name = try score.decode(String.self, forKey: .name)
    pixels = try score.count(.pixels, upTo: Self.mostPixels)
    predicted = try score.count(.predicted, upTo: Self.mostPixels)
    right = try score.count(.right, upTo: min(pixels, predicted))
  }

  /// Correct pixels / (true + predicted - correct): intersection over union, or the Jaccard index.
  public var iou: Double { Self.ratio(right, pixels + predicted - right) }
  /// Correct pixels / true pixels: the recall.
  public var accuracy: Double { Self.ratio(right, pixels) }
  /// Correct pixels / predicted pixels.
  public var precision: Double { Self.ratio(right, predicted) }
  /// 2 correct pixels / (true + predicted): the Dice coefficient, or F1 score.
  public var dice: Double { Self.ratio(2 * right, pixels + predicted) }
  /// Neither true nor predicted anywhere.
  public var isAbsent: Bool { pixels == 0 && predicted == 0 }

  static func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}

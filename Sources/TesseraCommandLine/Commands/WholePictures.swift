import Tessera

/// Says once that a network sees large pictures as a whole, which takes memory and time.
struct WholePictures {
  /// Larger than this, tiles would be cut if the network's receptive field were bounded.
  static let largestTile = 512 * 512

  /// `nil` where there is nothing to say, or no longer.
  private var network: String?

  init(_ predictor: Predictor) { network = predictor.seesWholePictures ? predictor.model.configuration.name : nil }

  /// The note that belongs before the first large picture.
  mutating func note(on picture: Image) -> String? {
    guard let name = network, picture.width * picture.height > Self.largestTile else { return nil }
    network = nil
    return "\(name) looks at the whole picture: \(picture.width) x \(picture.height) pixels are seen at once, in "
      + "memory that grows with them; --margin 64 or so cuts tiles instead, whose seams may show"
  }
}

import Tessera

/// The network of a server and what it takes, as JSON.
struct ModelDescription: Codable, Equatable {
  struct Class: Codable, Equatable {
    let index: Int
    let name: String
    let color: String
  }

  struct Limits: Codable, Equatable {
    let bytes: Int
    let pixels: Int
    let seconds: Int
  }

  let network: String
  let parameters: Int
  /// The size of the pictures that it was trained on.
  let width: Int
  let height: Int
  /// Entry k is index k of masks.
  let classes: [Class]
  /// The index of the class that is no class, if there is one; never predicted.
  let void: Int?
  /// The media types of pictures.
  let formats: [String]
  let limits: Limits

  /// Those that this build reads.
  static let formats: [String] = {
    var formats = ["image/jpeg", "image/png"]
    #if TIFF
      formats.append("image/tiff")
    #endif
    #if WebP
      formats.append("image/webp")
    #endif
    return formats
  }()
}

extension ModelDescription {
  init(_ predictor: Predictor, _ limits: ServerLimits) {
    network = predictor.model.configuration.title
    parameters = predictor.model.parameterCount
    width = predictor.imageSize.width
    height = predictor.imageSize.height
    let labels = predictor.labelSpace
    classes = labels.classes.enumerated().map { index, entry in
      Class(index: index, name: entry.name, color: entry.color.description)
    }
    void = labels.void
    formats = Self.formats
    self.limits = Limits(
      bytes: limits.bytes, pixels: limits.pixels, seconds: Int(limits.timeout.components.seconds))
  }
}

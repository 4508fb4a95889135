import ArgumentParser
import Tessera

/// How pictures are predicted: options that `predict` and `evaluate` share.
struct PredictionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "trained: as in training, at the training size or, after --framing crop, at the scale of the crops; original: at the "
        + "picture's own size, in tiles."))
  var scale = ScaleName.trained

  @Option(
    help: ArgumentHelp(
      "With --scale original: side of a tile with its margins; memory grows with its square, and small tiles are mostly "
        + "margin, which takes time. Networks that look at the whole picture need --margin, too. Default: 512, or 384 "
        + "when averaging, plus the margins.",
      valueName: "n"))
  var tile: Int?

  @Option(
    help: ArgumentHelp(
      "With --scale original: how far inside a tile's border its scores count, in pixels; smaller is faster. Default: "
        + "the network's receptive field, which gives the same masks as the whole picture at once; a network that looks "
        + "at the whole picture sees it at once, which takes memory and time.", valueName: "n"))
  var margin: Int?

  @Option(
    help: ArgumentHelp(
      "Average the probabilities of several sizes, such as 0.75,1,1.25; each 0.0625 to 16, at most 16 of them.",
      valueName: "x,y,..."))
  var scales = ScalesArgument(values: [1])

  @Flag(help: "Average the probabilities of the picture and its mirror image.")
  var flip = false

  func validate() throws {
    if scale == .trained, let option = tile != nil ? "--tile" : margin != nil ? "--margin" : nil {
      throw ValidationError("\(option) needs --scale original")
    }
    try requireOption("--tile", tile ?? 1, in: 1...Self.mostPixels)
    try requireOption("--margin", margin ?? 0, in: 0...Self.mostPixels)
  }

  /// The side of the largest pictures.
  private static let mostPixels = 65_536

  /// - Throws: `ValidationError` if tiles cannot be cut.
  func predictor(for checkpoint: SegmentationCheckpoint) throws -> Predictor {
    let predictor = Predictor(
      model: checkpoint.model, labelSpace: checkpoint.labelSpace, imageSize: checkpoint.imageSize,
      framing: checkpoint.framing,
      scale: scale == .trained
        ? .trained : .original(tile: tile, margin: margin.map(TileMargin.pixels) ?? .receptiveField),
      averaging: Averaging(scales: scales.values, flip: flip))
    if tile != nil && margin == nil && predictor.receptiveRadius == nil {
      throw ValidationError(
        "--tile needs --margin for \(checkpoint.model.configuration.name), which looks at the whole picture; with a margin, "
          + "such as --margin 64, masks may show seams")
    }
    return predictor
  }
}

/// The value of `--scale`.
enum ScaleName: String, ExpressibleByArgument, CaseIterable {
  case trained, original
}

/// The value of `--scales`.
struct ScalesArgument: ExpressibleByArgument, CustomStringConvertible {
  let values: [Double]

  init(values: [Double]) { self.values = values }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { Double($0) }.filter((1 / 16...16).contains)
    if values.count != parts.count || values.count > 16 { return nil }
  }

  var description: String {
    values.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ",")
  }
}

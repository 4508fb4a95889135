import TesseraImaging
import TesseraNetworks
import TesseraTensors

/// How a picture's mask is made: block by block, each from windows of all views.
struct PredictionPlan {
  /// The rows of blocks; blocks are these times `columns`.
  let rows: [Range<Int>]
  let columns: [Range<Int>]
  let views: [PictureView]

  init(_ predictor: Predictor, for picture: Pixels) {
    let multiple = predictor.model.sizeMultiple
    let averaging = predictor.averaging
    let margin = Self.margin(of: predictor)
    let pixels = margin ?? 0
    switch predictor.sight {
    case .original(let tile, _) where margin != nil:
      let largest = max(1, averaging.scales.max() ?? 1)
      // If a view has different pixels, or counts them from the other end, no cut fits where its windows can start.
      let isOwnSize = averaging.scales == [1] && predictor.pixelScale == 1
      // Averaging holds a block's probabilities in addition to a window's scores.
      let core = averaging == .none ? 512 : 384
      let tiling = Tiling(
        tile: min(tile ?? core + (2 * pixels).rounded(upTo: multiple), Self.farthest), margin: pixels,
        multiple: multiple, largestScale: largest)
      rows = tiling.blocks(picture.height, aligned: isOwnSize)
      columns = tiling.blocks(picture.width, aligned: isOwnSize && !averaging.flip)
    case .trained, .original:
      (rows, columns) = (Self.blocks(picture.height, core: 256), Self.blocks(picture.width, core: 256))
    }
    let (rows, columns) = (rows, columns)
    // The largest windows first: smaller ones fit into the memory that they leave.
    views = averaging.scales.sorted(by: >).flatMap { scale in
      let (size, frame) = Self.size(of: picture, at: scale, predictor)
      let scaled = picture.resized(toWidth: size.width, height: size.height)
      return (averaging.flip ? [false, true] : [false]).map { isMirrored in
        PictureView(
          picture: scaled, isMirrored: isMirrored,
          rows: ViewAxis(
            length: size.height, picture: picture.height, in: frame?.height, blocks: rows, margin: margin,
            multiple: multiple),
          columns: ViewAxis(
            length: size.width, picture: picture.width, in: frame?.width, isMirrored: isMirrored, blocks: columns,
            margin: margin, multiple: multiple),
          padding: predictor.framing.pads ? predictor.model.normalization.neutralPixel : nil,
          isWhole: margin == nil)
      }
    }
  }

  /// The size of a view, and of the frame that it lies in, which stays one that the network can take; `nil` where that
  /// follows from the view.
  private static func size(
    of picture: Pixels, at scale: Double, _ predictor: Predictor
  ) -> (view: ImageSize, frame: ImageSize?) {
    func scaled(_ length: Int, multiple: Int) -> Int {
      max(1, Int((Double(length) * scale / Double(multiple)).rounded())) * multiple
    }
    let own = ImageSize(width: picture.width, height: picture.height)
    switch predictor.sight {
    case .trained:
      let (size, multiple) = (predictor.imageSize, predictor.model.sizeMultiple)
      let frame = ImageSize(
        width: scaled(size.width, multiple: multiple), height: scaled(size.height, multiple: multiple))
      return (predictor.framing.scaledSize(for: frame).size(of: own), frame)
    case .original: return (ScaledSize.times(scale * predictor.pixelScale).size(of: own), nil)
    }
  }

  /// Beyond any picture's side; longer tiles and margins make no difference.
  private static let farthest = 1 << 32

  /// What windows show around their blocks; `nil` if the network sees each view as a whole.
  private static func margin(of predictor: Predictor) -> Int? {
    guard case .original(let tile, let margin) = predictor.sight else { return nil }
    if case .pixels(let pixels) = margin {
      require(pixels >= 0, "Predictor: a margin must not be negative; got \(pixels)")
      return min(pixels, farthest)
    }
    if let radius = predictor.receptiveRadius { return radius }
    require(
      tile == nil,
      "Predictor: tiles of \(tile ?? 0) pixels need a margin in pixels, as how far \(predictor.model.configuration.name) "
        + "looks is not known (its receptiveRadius is nil)")
    return nil
  }

  private static func blocks(_ length: Int, core: Int) -> [Range<Int>] {
    stride(from: 0, to: length, by: core).map { $0..<min(length, $0 + core) }
  }
}

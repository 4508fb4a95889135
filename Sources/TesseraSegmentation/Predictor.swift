import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraTensors

/// Gives pictures of any size their masks.
///
/// ```swift
/// let mask = try Predictor(checkpoint: "best.safetensors").mask(for: Image(contentsOf: "street.jpg"))
/// try mask.colored.write(to: "street-mask.png")
/// ```
public struct Predictor {
  /// At which size the network sees the picture.
  public enum Scale: Sendable, Hashable {
    /// The square that it was trained on; the scores are enlarged to the picture's size. Fast, and what training saw.
    case trained
    /// The picture's own pixels, in overlapping tiles of `tile` pixels where it is larger.
    case original(tile: Int = 512)
  }

  /// The network.
  public let model: any SegmentationModel
  /// What its outputs mean.
  public let labelSpace: LabelSpace
  /// The side of the squares of `Scale.trained`, in pixels.
  public let imageSize: Int
  /// At which size the network sees pictures.
  public let scale: Scale
  /// Filters as the kernels want them, kept from the second picture on.
  private let prepared = PreparedTensors()

  public init(model: any SegmentationModel, labelSpace: LabelSpace, imageSize: Int, scale: Scale = .trained) {
    self.model = model
    self.labelSpace = labelSpace
    self.imageSize = imageSize
    self.scale = scale
  }

  /// - Throws: what reading the checkpoint throws.
  public init(checkpoint path: String, scale: Scale = .trained) throws {
    let checkpoint = try SegmentationCheckpoint(contentsOf: path)
    self.init(
      model: checkpoint.model, labelSpace: checkpoint.labelSpace, imageSize: checkpoint.imageSize, scale: scale)
  }

  /// The most probable class of each pixel, at the picture's own size.
  ///
  /// Void is never predicted: nothing was learned about an output that stands for it.
  public func mask(for image: Image) -> Mask {
    let indices: [UInt16]
    switch scale {
    case .trained: indices = squashed(image)
    case .original(let tile): indices = tiled(image, tile: tile)
    }
    return Mask(width: image.width, height: image.height, indices: indices, labelSpace: labelSpace)
  }

  private func squashed(_ image: Image) -> [UInt16] {
    let logits = logits(of: image.resized(toWidth: imageSize, height: imageSize).tensor)
    let classes = logits.resizedArgmax(to: Extent(height: image.height, width: image.width), .bilinear)
    return classes.map(UInt16.init)
  }

  private func tiled(_ image: Image, tile: Int) -> [UInt16] {
    let pixels = image.tensor
    let rows = Tiling(length: image.height, tile: tile, multiple: model.sizeMultiple)
    let columns = Tiling(length: image.width, tile: tile, multiple: model.sizeMultiple)
    var indices = [UInt16](repeating: 0, count: image.width * image.height)
    for row in rows.tiles {
      for column in columns.tiles {
        let classes = logits(of: window(pixels, row.start, column.start, rows.side, columns.side)).argmax()
        for y in row.kept {
          for x in column.kept {
            indices[y * image.width + x] = UInt16(classes[(y - row.start) * columns.side + x - column.start])
          }
        }
      }
    }
    return indices
  }

  /// Logits `[1, height, width, classes]` of pixels `[height, width, 3]`, void shut out.
  private func logits(of pixels: Tensor) -> Tensor {
    let images = pixels.reshaped(to: [1, pixels.shape[0], pixels.shape[1], 3])
    var logits = ComputeContext.$current.withValue(.current.keeping(prepared)) {
      model(Variable(model.normalization(images))).value
    }
    let classes = logits.shape[-1]
    guard let void = labelSpace.void, void >= 0, void < classes else { return logits }
    logits.withUnsafeMutableBufferPointer { scores in
      for index in stride(from: void, to: scores.count, by: classes) { scores[index] = -.greatestFiniteMagnitude }
    }
    return logits
  }

  /// A part of `pixels` that may reach beyond its edges, where the edge repeats.
  private func window(_ pixels: Tensor, _ top: Int, _ left: Int, _ height: Int, _ width: Int) -> Tensor {
    let (rows, columns) = (pixels.shape[0], pixels.shape[1])
    return Tensor(shape: [height, width, 3]) { out in
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<height {
          for x in 0..<width {
            let from = (min(top + y, rows - 1) * columns + min(left + x, columns - 1)) * 3
            for channel in 0..<3 { out[(y * width + x) * 3 + channel] = source[from + channel] }
          }
        }
      }
    }
  }
}

/// How one axis of a picture is covered with overlapping tiles, of which only the middle counts.
struct Tiling {
  struct Tile {
    /// The tile's first pixel.
    let start: Int
    /// The pixels whose result is taken from this tile.
    let kept: Range<Int>
  }

  /// The tiles' length, a multiple of what the network wants; the last tile may reach beyond the picture.
  let side: Int
  let tiles: [Tile]

  init(length: Int, tile: Int, multiple: Int) {
    func roundedUp(_ value: Int) -> Int { (value + multiple - 1) / multiple * multiple }
    let side = min(roundedUp(tile), roundedUp(length))
    guard side < length else {
      self.side = side
      tiles = [Tile(start: 0, kept: 0..<length)]
      return
    }
    // Neighbors overlap by a quarter at least: a network sees little of what lies beyond its tile's edge.
    let step = max(1, side - side / 4)
    let count = (length - side + step - 1) / step + 1
    let starts = (0..<count).map { $0 * (length - side) / max(1, count - 1) }
    let cuts = [0] + zip(starts, starts.dropFirst()).map { ($0 + side + $1) / 2 } + [length]
    self.side = side
    tiles = starts.indices.map { Tile(start: starts[$0], kept: cuts[$0]..<cuts[$0 + 1]) }
  }
}

import TesseraTensors

/// What a network sees of one scene: a photograph, or values with any number of channels, such as colors plus infrared,
/// one channel of a scan, or satellite bands.
public struct Pixels: Sendable, Equatable {
  /// A picture of 8 or 16 bits, or floats `[height, width, channels]`.
  public enum Content: Sendable, Equatable {
    case image(Image)
    case tensor(Tensor)
  }

  public let content: Content

  /// Creates pixels from a photograph: three channels in 0...255, gray repeated.
  public init(_ image: Image) { content = .image(image) }

  /// - Parameter tensor: `[height, width, channels]`, in the range that the network's normalization expects.
  public init(_ tensor: Tensor) {
    require(
      tensor.shape.rank == 3 && tensor.count > 0, "Pixels: expects [height, width, channels]; got \(tensor.shape)")
    content = .tensor(tensor)
  }

  /// Reads a picture file: a photograph, or with the trait TIFF a file of up to 16 channels, in 0...255 (16 bits keep
  /// their fractions).
  ///
  /// - Throws: `ImageError`.
  public init(contentsOf path: String) throws(ImageError) { self = try DecodedPixels(contentsOf: path).pixels }

  /// In pixels.
  public var width: Int {
    switch content {
    case .image(let image): image.width
    case .tensor(let tensor): tensor.shape[1]
    }
  }

  /// In pixels.
  public var height: Int {
    switch content {
    case .image(let image): image.height
    case .tensor(let tensor): tensor.shape[0]
    }
  }

  /// The number of channels that a network sees: 3 for a photograph, even a gray one.
  public var channels: Int {
    switch content {
    case .image: 3
    case .tensor(let tensor): tensor.shape[2]
    }
  }

  /// The number of bytes that the values take.
  package var byteCount: Int {
    switch content {
    case .image(let image): image.samples.count * image.bitDepth / 8
    case .tensor(let tensor): tensor.count * MemoryLayout<Float>.stride
    }
  }

  /// The values `[height, width, channels]`; in 0...255 for a photograph.
  public var tensor: Tensor {
    switch content {
    case .image(let image): image.tensor
    case .tensor(let tensor): tensor
    }
  }

  /// A picture for display: the photograph, or the first three channels as red, green and blue, rounded and clamped to
  /// 0...255; only the first, as gray, if there are one or two.
  public var image: Image {
    switch content {
    case .image(let image): image
    case .tensor(let tensor): Image(tensor.firstChannels(channels < 3 ? 1 : 3))
    }
  }

  /// A picture for people: like `image`, but channels that are no photograph's are each stretched to 0...255, as their
  /// values may fill any part of it.
  package var shown: Image {
    guard case .tensor(let tensor) = content, channels != 3 else { return image }
    let first = tensor.firstChannels(channels < 3 ? 1 : 3)
    let count = first.shape[2]
    return Image(
      Tensor(shape: first.shape) { out in
        first.withUnsafeBufferPointer { values in
          for channel in 0..<count {
            let own = stride(from: channel, to: values.count, by: count)
            let (least, greatest) = own.reduce((Float.infinity, -Float.infinity)) {
              (min($0.0, values[$1]), max($0.1, values[$1]))
            }
            let scale = greatest > least ? 255 / (greatest - least) : 0
            for place in own { out[place] = (values[place] - least) * scale }
          }
        }
      })
  }

  /// The pixels scaled (not cropped) to `newWidth` x `newHeight`: linear, antialiased when it shrinks.
  public func resized(toWidth newWidth: Int, height newHeight: Int) -> Pixels {
    switch content {
    case .image(let image): Pixels(image.resized(toWidth: newWidth, height: newHeight))
    case .tensor(let tensor):
      Pixels(tensor.resampled(toWidth: newWidth, height: newHeight, columns: 0..<newWidth, rows: 0..<newHeight))
    }
  }

  /// The part of the pixels scaled to `newWidth` x `newHeight` that lies in `columns` and `rows`, without the rest.
  package func resized(toWidth newWidth: Int, height newHeight: Int, columns: Range<Int>, rows: Range<Int>) -> Pixels {
    switch content {
    case .image(let image): Pixels(image.resized(toWidth: newWidth, height: newHeight, columns: columns, rows: rows))
    case .tensor(let tensor):
      Pixels(tensor.resampled(toWidth: newWidth, height: newHeight, columns: columns, rows: rows))
    }
  }

  /// The mirror image: left becomes right.
  public func flippedHorizontally() -> Pixels {
    switch content {
    case .image(let image): Pixels(image.flippedHorizontally())
    case .tensor(let tensor): Pixels(tensor.rearranged(.upright(.mirrored, from: (width, height))))
    }
  }

  /// The `width` x `height` pixels starting at column `left` and row `top`; those outside have `color`, or 0 in a
  /// tensor.
  package func window(left: Int, top: Int, width: Int, height: Int, color: Color) -> Pixels {
    switch content {
    case .image(let image):
      Pixels(image.window(left: left, top: top, width: width, height: height, color: color))
    case .tensor(let tensor):
      Pixels(
        tensor.rearranged(
          .window(left: left, top: top, width: width, height: height, of: (self.width, self.height))))
    }
  }

  /// Writes the numbers of `tensor` to `target`, which has room for them.
  package func write(to target: UnsafeMutableBufferPointer<Float>) {
    switch content {
    case .image(let image): image.write(to: target)
    case .tensor(let tensor): tensor.withUnsafeBufferPointer { _ = target.update(fromContentsOf: $0) }
    }
  }
}

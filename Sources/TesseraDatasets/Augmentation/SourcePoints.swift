import TesseraImaging
import TesseraTensors

/// The point of a source that each pixel of a result of the same size shows, and what is found there.
struct SourcePoints {
  private let width: Int
  private let height: Int
  /// Inside the source, at most half a pixel from the centers of the pixels at its edge.
  private var points: [SIMD2<Float>] = []
  /// The pixel of the source that the point lies in; -1 beside the source.
  private var pixels: [Int] = []

  init(_ source: CoordinateMap.Source, for sample: Sample) {
    (width, height) = (sample.mask.width, sample.mask.height)
    // Without void there is nothing to say about points beside the source.
    let edgeRepeats = sample.mask.labelSpace.void == nil
    points.reserveCapacity(width * height)
    pixels.reserveCapacity(width * height)
    let end = (x: Float(width), y: Float(height))
    for row in 0..<height {
      for column in 0..<width {
        let point = source(Float(column) + 0.5, Float(row) + 0.5)
        // What is no number is beside the source, too.
        let isInside = point.x >= 0 && point.y >= 0 && point.x < end.x && point.y < end.y
        let x = point.x > 0 ? min(point.x, end.x - 0.5) : 0
        let y = point.y > 0 ? min(point.y, end.y - 0.5) : 0
        points.append(SIMD2(x, y))
        pixels.append(isInside || edgeRepeats ? Int(y) * width + Int(x) : -1)
      }
    }
  }

  /// The sample that the points show.
  func moved(_ sample: Sample) -> Sample {
    var moved = sample
    let mask = sample.mask
    moved.pixels = interpolated(sample.pixels, beside: sample.padding)
    moved.mask = nearest(mask, beside: mask.labelSpace.void ?? 0)
    if sample.padding != nil || pixels.contains(-1) {
      let unmarked = Mask(
        width: width, height: height, indices: [UInt16](repeating: 0, count: width * height),
        labelSpace: mask.labelSpace)
      moved.padding = nearest(sample.padding ?? unmarked, beside: 1)
    }
    return moved
  }

  /// The index of the pixel that each point lies in.
  private func nearest(_ mask: Mask, beside index: Int) -> Mask {
    Mask(
      width: width, height: height,
      indices: mask.indices.withUnsafeBufferPointer { source in
        pixels.map { $0 < 0 ? UInt16(index) : source[$0] }
      }, labelSpace: mask.labelSpace)
  }

  /// The bilinear mean of the four pixels around each point.
  ///
  /// - Parameter padding: marks pixels that lie beside a picture, with which its border is not mixed.
  private func interpolated(_ pixels: Pixels, beside padding: Mask?) -> Pixels {
    switch pixels.content {
    case .image(let image):
      let samples: Image.Samples =
        switch image.samples {
        case .eightBit(let samples):
          .eightBit(
            mixed(samples, image.channels, padding, beside: 128, { Float(Int32($0)) }, { UInt8(Int32($0 + 0.5)) }))
        case .sixteenBit(let samples):
          .sixteenBit(
            mixed(
              samples, image.channels, padding, beside: 128 * 257, { Float(Int32($0)) }, { UInt16(Int32($0 + 0.5)) }))
        }
      return Pixels(Image(width: width, height: height, channels: image.channels, samples: samples))
    case .tensor(let tensor):
      let numbers = mixed(tensor.scalars, pixels.channels, padding, beside: 0, { $0 }, { $0 })
      return Pixels(Tensor(numbers, shape: tensor.shape))
    }
  }

  private func mixed<Number: BitwiseCopyable>(
    _ source: [Number], _ channels: Int, _ padding: Mask?, beside fill: Number, _ float: (Number) -> Float,
    _ number: (Float) -> Number
  ) -> [Number] {
    let marks = padding?.indices
    return [Number](unsafeUninitializedCapacity: source.count) { target, initialized in
      source.withUnsafeBufferPointer { source in
        for place in points.indices {
          guard pixels[place] >= 0 else {
            for channel in 0..<channels { target.initializeElement(at: place * channels + channel, to: fill) }
            continue
          }
          let (x, y) = (max(points[place].x - 0.5, 0), max(points[place].y - 0.5, 0))
          let (left, top) = (Int(x), Int(y))
          let (right, bottom) = (min(left + 1, width - 1), min(top + 1, height - 1))
          var (across, down) = (x - Float(left), y - Float(top))
          let corners = (
            top * width + left, top * width + right, bottom * width + left, bottom * width + right
          )
          if let marks, marks[corners.0] | marks[corners.1] | marks[corners.2] | marks[corners.3] != 0 {
            (across, down) = (across.rounded(), down.rounded())
          }
          for channel in 0..<channels {
            func at(_ corner: Int) -> Float { float(source[corner * channels + channel]) }
            let upper = at(corners.0) + (at(corners.1) - at(corners.0)) * across
            let lower = at(corners.2) + (at(corners.3) - at(corners.2)) * across
            target.initializeElement(at: place * channels + channel, to: number(upper + (lower - upper) * down))
          }
        }
      }
      initialized = source.count
    }
  }
}

import TesseraTensors

/// Where each pixel of a new picture comes from: the rearrangement of pixels that images of both depths and masks
/// share.
///
/// The source pixel's number is the sum of one part for the target's column and one for its row, so flips, crops,
/// nearest-neighbor resizes, paddings and transpositions all need just two short tables.
struct Rearrangement {
  /// For each target column; negative if it lies outside the source.
  let across: [Int]

  /// For each target row; negative if it lies outside the source.
  let down: [Int]

  /// The pixels starting at column `left` and row `top`, which may lie outside a picture of the given size.
  static func window(
    left: Int, top: Int, width: Int, height: Int, of size: (width: Int, height: Int)
  ) -> Rearrangement {
    Rearrangement(
      across: (left..<left + width).map { (0..<size.width).contains($0) ? $0 : -1 },
      down: (top..<top + height).map { (0..<size.height).contains($0) ? $0 * size.width : -1 })
  }

  /// A window that must lie inside and hold a pixel.
  static func crop(
    left: Int, top: Int, width: Int, height: Int, of size: (width: Int, height: Int), in operation: String
  ) -> Rearrangement {
    require(
      left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= size.width && top + height <= size.height,
      "\(operation): \(width) x \(height) pixels from (\(left), \(top)) do not lie within "
        + "\(size.width) x \(size.height)")
    return window(left: left, top: top, width: width, height: height, of: size)
  }

  /// A window that must not cut anything off.
  static func padding(
    from: (width: Int, height: Int), to: (width: Int, height: Int), in operation: String
  ) -> Rearrangement {
    require(
      to.width >= from.width && to.height >= from.height,
      "\(operation): \(from.width) x \(from.height) cannot be padded to \(to.width) x \(to.height)")
    return window(left: 0, top: 0, width: to.width, height: to.height, of: from)
  }

  /// Target pixel x takes the source pixel that its center (x + 1/2) lies in.
  static func nearest(from: (width: Int, height: Int), to: (width: Int, height: Int)) -> Rearrangement {
    Rearrangement(
      across: (0..<to.width).map { (2 * $0 + 1) * from.width / (2 * to.width) },
      down: (0..<to.height).map { (2 * $0 + 1) * from.height / (2 * to.height) * from.width })
  }

  /// The stored picture, turned upright.
  static func upright(_ orientation: Orientation, from size: (width: Int, height: Int)) -> Rearrangement {
    let (columns, rows) = (Array(0..<size.width), (0..<size.height).map { $0 * size.width })
    let storedColumns = orientation.mirrorsColumns ? columns.reversed() : columns
    let storedRows = orientation.mirrorsRows ? rows.reversed() : rows
    return orientation.swapsAxes
      ? Rearrangement(across: storedRows, down: storedColumns)
      : Rearrangement(across: storedColumns, down: storedRows)
  }

  /// The rearranged samples; a pixel from outside becomes `fill` (one sample per channel).
  func applied<Sample: BitwiseCopyable>(to samples: [Sample], channels: Int, fill: [Sample]) -> [Sample] {
    samples.withUnsafeBufferPointer { applied(to: $0, channels: channels, fill: fill) }
  }

  /// The same for samples that are not in an array.
  func applied<Sample: BitwiseCopyable>(
    to source: UnsafeBufferPointer<Sample>, channels: Int, fill: [Sample]
  ) -> [Sample] {
    let count = across.count * down.count * channels
    return [Sample](unsafeUninitializedCapacity: count) { target, initialized in
      across.withUnsafeBufferPointer { across in
        var next = 0
        for row in down {
          for column in across {
            let isInside = row >= 0 && column >= 0
            let start = isInside ? (row + column) * channels : 0
            // Without a loop for the usual numbers of channels.
            if isInside && channels == 3 {
              target.initializeElement(at: next, to: source[start])
              target.initializeElement(at: next + 1, to: source[start + 1])
              target.initializeElement(at: next + 2, to: source[start + 2])
            } else if isInside && channels == 1 {
              target.initializeElement(at: next, to: source[start])
            } else {
              for channel in 0..<channels {
                target.initializeElement(at: next + channel, to: isInside ? source[start + channel] : fill[channel])
              }
            }
            next += channels
          }
        }
      }
      initialized = count
    }
  }
}

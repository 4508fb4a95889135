import TesseraTensors

/// The taps of a window that ever lie on the picture: of a window with dilation 36 on a picture of 32 pixels, the center.
struct UsedTaps {
  /// The same windows with these taps only.
  let geometry: WindowGeometry
  private let window: Extent
  private let rows: Range<Int>
  private let columns: Range<Int>

  /// `nil` if all taps are used, as nearly all are without dilation.
  init?(_ geometry: WindowGeometry) {
    guard geometry.dilation != 1 else { return nil }
    (rows, columns) = (geometry.rows.usedTaps, geometry.columns.usedTaps)
    window = geometry.window
    let left = Extent(height: rows.count, width: columns.count)
    guard left != window else { return nil }
    self.geometry = geometry.taking(
      left, top: geometry.top - rows.lowerBound * geometry.dilation.height,
      left: geometry.left - columns.lowerBound * geometry.dilation.width)
  }

  /// Their part of a filter `[height, width, inputs, outputs]`.
  func part(of filter: Tensor) -> Tensor { filter.sliced(rows, along: 0).sliced(columns, along: 1) }

  /// The filter of which this is their part, with zeros elsewhere.
  func whole(of part: Tensor) -> Tensor {
    let tap = part.shape[2] * part.shape[3]
    return Tensor(shape: [window.height, window.width, part.shape[2], part.shape[3]]) { result in
      result.update(repeating: 0)
      part.withUnsafeBufferPointer { source in
        for (index, row) in rows.enumerated() {
          (result.baseAddress! + (row * window.width + columns.lowerBound) * tap)
            .update(from: source.baseAddress! + index * columns.count * tap, count: columns.count * tap)
        }
      }
    }
  }
}

extension WindowGeometry.Axis {
  /// The taps that lie on the picture in some window; all, where leaving some out would begin windows inside it.
  fileprivate var usedTaps: Range<Int> {
    let used = (0..<window).filter { tap in
      let first = tap * dilation - padding
      return first < input && first + (output - 1) * stride >= 0
    }
    guard let first = used.first, let last = used.last, first * dilation <= padding else { return 0..<window }
    return first..<last + 1
  }
}

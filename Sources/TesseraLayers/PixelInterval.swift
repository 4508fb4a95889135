import TesseraKernels

/// A possibly empty range of pixels along one axis, which may extend beyond the picture's edge.
struct PixelInterval {
  private(set) var pixels: ClosedRange<Int>?

  init(_ pixels: ClosedRange<Int>) { self.pixels = pixels }

  private init(first: Int, last: Int) { pixels = first <= last ? first...last : nil }

  private init() { pixels = nil }

  static let none = PixelInterval()

  /// The shortest interval that holds both.
  mutating func formUnion(_ other: PixelInterval) {
    guard let mine = pixels, let others = other.pixels else {
      pixels = pixels ?? other.pixels
      return
    }
    pixels = min(mine.lowerBound, others.lowerBound)...max(mine.upperBound, others.upperBound)
  }

  func moved(by distance: Int) -> PixelInterval {
    guard let pixels else { return self }
    return PixelInterval(pixels.lowerBound + distance...pixels.upperBound + distance)
  }

  /// The part within `limits`.
  func clamped(to limits: ClosedRange<Int>) -> PixelInterval {
    guard let pixels else { return self }
    return PixelInterval(
      first: max(pixels.lowerBound, limits.lowerBound), last: min(pixels.upperBound, limits.upperBound))
  }

  /// The pixels that `results` of a resize are mixed from; `nil` if that depends on the picture's size, as it does
  /// where corners are aligned rather than centers at half coordinates.
  static func resized(
    _ results: ClosedRange<Int>, _ interpolation: Interpolation, from source: Int, to target: Int
  ) -> PixelInterval? {
    // In units of 1 / (2 target) pixels.
    func center(_ result: Int) -> Int { (2 * result + 1) * source }
    switch interpolation {
    case .nearest:
      return PixelInterval(
        first: dividingDown(center(results.lowerBound), by: 2 * target),
        last: dividingDown(center(results.upperBound), by: 2 * target))
    case .bilinear:
      return PixelInterval(
        first: dividingDown(center(results.lowerBound) - target, by: 2 * target),
        last: -dividingDown(target - center(results.upperBound), by: 2 * target))
    case .bilinearAlignedCorners: return source == target ? PixelInterval(results) : nil
    }
  }
}

/// The windows of a convolution or pool along one axis.
struct AxisWindow {
  /// The number of taps of one window.
  let length: Int
  private let stride: Int
  private let dilation: Int
  /// Pixels added before the first one.
  private let before: Int

  /// - Parameter axis: 1 for rows, 2 for columns.
  init(_ geometry: WindowGeometry, _ axis: Int) {
    func along(_ extent: Extent) -> Int { axis == 1 ? extent.height : extent.width }
    length = along(geometry.window)
    stride = along(geometry.stride)
    dilation = along(geometry.dilation)
    before = axis == 1 ? geometry.top : geometry.left
  }

  /// What windows see: window w has its tap t on pixel `stride w - before + dilation t`.
  func inputs(of windows: ClosedRange<Int>) -> PixelInterval {
    PixelInterval(
      windows.lowerBound * stride - before...windows.upperBound * stride - before + (length - 1) * dilation)
  }

  /// The windows that see any of these pixels, which are the inputs of a transposed convolution.
  func outputs(of pixels: ClosedRange<Int>) -> PixelInterval {
    var windows = PixelInterval.none
    // The first and the last window see a pixel within a stride of either end.
    for pixel in Set(pixels.prefix(stride)).union(pixels.suffix(stride)) {
      for tap in 0..<length {
        let place = pixel + before - tap * dilation
        let window = dividingDown(place, by: stride)
        if window * stride == place { windows.formUnion(PixelInterval(window...window)) }
      }
    }
    return windows
  }
}

/// The quotient, rounded down.
private func dividingDown(_ value: Int, by divisor: Int) -> Int {
  value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
}

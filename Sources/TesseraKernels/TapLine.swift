/// Windows along one axis: result j has its taps on the source pixels `step j + offset`.
///
/// A convolution is one line along each axis. Its adjoint with stride s is s lines, whose results lie s pixels apart,
/// each with the taps that hit them.
struct TapLine {
  struct Tap {
    /// Its index in the filter.
    let index: Int
    let offset: Int
  }

  /// In the order of their offsets, which are equally far apart, as their indices are. Those at the ends that
  /// never lie on the picture are left out: of a window with dilation 36 on a picture of 32 pixels, all but the center.
  let taps: [Tap]
  let results: Int
  /// Source pixels from one window to the next.
  let step: Int
  /// Where the results lie: result j on pixel `start + spacing j`.
  let start: Int
  let spacing: Int

  /// From a convolution's input to its output.
  init(forward axis: WindowGeometry.Axis) {
    let all = (0..<axis.window).map { Tap(index: $0, offset: $0 * axis.dilation - axis.padding) }
    func isUsed(_ tap: Tap) -> Bool {
      (0..<axis.output).contains { (0..<axis.input).contains(axis.stride * $0 + tap.offset) }
    }
    if let first = all.firstIndex(where: isUsed), let last = all.lastIndex(where: isUsed) {
      taps = Array(all[first...last])
    } else {
      taps = []
    }
    results = axis.output
    step = axis.stride
    start = 0
    spacing = 1
  }

  /// From a convolution's output back to its input, one line for each phase of the input.
  static func adjoint(_ axis: WindowGeometry.Axis) -> [TapLine] {
    (0..<min(axis.stride, axis.input)).map { TapLine(phase: $0, of: axis) }
  }

  private init(phase: Int, of axis: WindowGeometry.Axis) {
    // Input pixel i = phase + stride j is reached from output pixel o by tap k where i = stride o - padding + k
    // dilation.
    taps = (0..<axis.window).reversed().compactMap { tap in
      let distance = phase + axis.padding - tap * axis.dilation
      return distance % axis.stride == 0 ? Tap(index: tap, offset: distance / axis.stride) : nil
    }
    results = (axis.input - phase + axis.stride - 1) / axis.stride
    step = 1
    start = phase
    spacing = axis.stride
  }

  /// The positions in `taps` of those of window number `result` that lie on a source of this length.
  func taps(of result: Int, inside length: Int) -> Range<Int> {
    let origin = step * result
    let first = taps.firstIndex { origin + $0.offset >= 0 } ?? taps.count
    let end = taps[first...].firstIndex { origin + $0.offset >= length } ?? taps.count
    return first..<end
  }

  /// Source pixels from one tap to the next.
  var tapStep: Int { taps.count > 1 ? taps[1].offset - taps[0].offset : 0 }

  /// From one tap's index in the filter to the next one's.
  var indexStep: Int { taps.count > 1 ? taps[1].index - taps[0].index : 0 }
}

extension WindowGeometry {
  /// The windows along one axis.
  struct Axis {
    let input: Int
    let output: Int
    let window: Int
    let stride: Int
    let dilation: Int
    /// Pixels added before the first one.
    let padding: Int

    /// The share of all windows' taps that lie on the picture.
    var shareOfTapsInside: Double {
      let line = TapLine(forward: self)
      let inside = line.taps.reduce(0) { sum, tap in
        sum + (0..<output).count { (0..<input).contains(stride * $0 + tap.offset) }
      }
      return Double(inside) / Double(window * output)
    }
  }

  var rows: Axis {
    Axis(
      input: input.height, output: output.height, window: window.height, stride: stride.height,
      dilation: dilation.height, padding: top)
  }

  var columns: Axis {
    Axis(
      input: input.width, output: output.width, window: window.width, stride: stride.width, dilation: dilation.width,
      padding: left)
  }
}

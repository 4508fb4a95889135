import TesseraTensors

/// A convolution with stride s as one with unit stride on the s x s phases of its input.
///
/// Input row s (o + t) + p - top meets output row o under tap s t + p: phase p of the input is convolved with every
/// s-th tap. So 16 x 16 taps with stride 8 are 2 x 2 taps between 64 times the channels, and one algorithm for small
/// square filters also serves strided and transposed convolutions. Where the window is not a multiple of the stride,
/// the missing taps count as zeros.
struct Polyphase {
  let geometry: WindowGeometry
  let inputChannels: Int
  let outputChannels: Int

  /// Taps along each axis of the convolution with unit stride.
  let taps: Int

  private var stride: Int { geometry.stride.height }

  /// Whether window and stride are square and there is no dilation.
  static func applies(to geometry: WindowGeometry) -> Bool {
    geometry.dilation == 1 && geometry.window.height == geometry.window.width
      && geometry.stride.height == geometry.stride.width
  }

  init(_ geometry: WindowGeometry, inputChannels: Int, outputChannels: Int) {
    require(Self.applies(to: geometry), "Polyphase: expects a square window without dilation; got \(geometry)")
    self.geometry = geometry
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    taps = (geometry.window.height + geometry.stride.height - 1) / geometry.stride.height
  }

  /// - Parameter filter: `[height, width, inputs, outputs]`.
  init(_ geometry: WindowGeometry, _ filter: Tensor) {
    self.init(geometry, inputChannels: filter.shape[2], outputChannels: filter.shape[3])
  }

  /// Along one axis, the first and last cell of the phases' common grid on which an input pixel lies.
  private func cells(_ length: Int, _ padding: Int) -> Range<Int> {
    padding / stride..<(length - 1 + padding) / stride + 1
  }

  private var rows: Range<Int> { cells(geometry.input.height, geometry.top) }
  private var columns: Range<Int> { cells(geometry.input.width, geometry.left) }

  /// The cells that the adjoint computes.
  var adjointGrid: Extent { Extent(height: rows.count, width: columns.count) }

  /// The input, whose cell (0, 0) is under the first tap of output (0, 0).
  var input: PhasedPictures { phasedInput(firstRow: 0, firstColumn: 0) }

  /// The input as the adjoint's result: cell (0, 0) is the first that holds a pixel.
  var adjointInput: PhasedPictures { phasedInput(firstRow: rows.lowerBound, firstColumn: columns.lowerBound) }

  private func phasedInput(firstRow: Int, firstColumn: Int) -> PhasedPictures {
    PhasedPictures(
      (0..<stride * stride).map { phase in
        Lattice(
          extent: geometry.input, channels: inputChannels, step: stride,
          row: stride * firstRow + phase / stride - geometry.top,
          column: stride * firstColumn + phase % stride - geometry.left)
      })
  }

  /// The output, cell by cell.
  var output: PhasedPictures { output(row: 0, column: 0) }

  /// The output as the adjoint's source: cell (0, 0) is under the first (flipped) tap of the adjoint's cell (0, 0).
  var adjointOutput: PhasedPictures {
    output(row: rows.lowerBound - (taps - 1), column: columns.lowerBound - (taps - 1))
  }

  private func output(row: Int, column: Int) -> PhasedPictures {
    PhasedPictures([
      Lattice(extent: geometry.output, channels: outputChannels, step: 1, row: row, column: column)
    ])
  }

  /// Whether a phase along one axis lacks its last tap.
  private func lacksLastTap(_ phase: Int) -> Bool { stride * (taps - 1) + phase >= geometry.window.height }

  /// The share of a scheme's products that remains when those with zeros are left out.
  func shareOfProducts(_ scheme: WinogradScheme) -> Double {
    let lacking = Double((0..<stride).count(where: lacksLastTap)) / Double(stride)
    let alongAnAxis = 1 - lacking / Double(scheme.size)
    return alongAnAxis * alongAnAxis
  }

  /// Along which axes all columns of `input` in a range lack the last tap.
  func lackingAxes(_ columns: Range<Int>) -> (rows: Bool, columns: Bool) {
    let phases = columns.lowerBound / inputChannels...(columns.upperBound - 1) / inputChannels
    return (
      phases.allSatisfy { lacksLastTap($0 / stride) }, phases.allSatisfy { lacksLastTap($0 % stride) }
    )
  }

  /// Where the filter's row of outputs for a tap (of taps x taps) and a column of `input` starts; `nil` for a missing
  /// tap.
  func filterOffset(tap: Int, column: Int) -> Int? {
    let (phase, channel) = column.quotientAndRemainder(dividingBy: inputChannels)
    let row = stride * (tap / taps) + phase / stride
    let place = stride * (tap % taps) + phase % stride
    guard row < geometry.window.height && place < geometry.window.width else { return nil }
    return ((row * geometry.window.width + place) * inputChannels + channel) * outputChannels
  }
}

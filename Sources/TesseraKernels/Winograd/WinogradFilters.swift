import CKernels
import TesseraTensors

/// G g G' for the filters between all channels: a matrix `[inner, columns]` for each position, cut into panels of
/// columns.
struct WinogradFilters {
  let scheme: WinogradScheme
  let matrices: FilterMatrices

  static let panel = FilterMatrices.panel
  /// Rows that are packed and transformed at once, within a core's cache.
  static let rowsAtOnce = 64

  /// Floats of all: `[positions, panels, inner, 32]`.
  var floats: Int { scheme.positions * positionStep }
  var panelStep: Int { matrices.inner * Self.panel }
  var positionStep: Int { matrices.panels * panelStep }
  /// Room that `transform` needs.
  var packedFloats: Int { scheme.taps * scheme.taps * Self.rowsAtOnce * Self.panel }

  /// Where many tiles use them, transforming large filters again costs less than the memory to keep them.
  static func areWorthKeeping(floats: Int, tiles: Int) -> Bool { tiles <= 100 || floats <= 4 << 20 }

  /// Transforms all filters, in this layout.
  func transformAll(into result: UnsafeMutablePointer<Float>) {
    let chunks = (matrices.inner + Self.rowsAtOnce - 1) / Self.rowsAtOnce
    parallelFor(matrices.panels * chunks, scratch: packedFloats) { index, packed in
      let (panel, chunk) = index.quotientAndRemainder(dividingBy: chunks)
      let start = chunk * Self.rowsAtOnce
      transform(
        start..<min(matrices.inner, start + Self.rowsAtOnce), panel: panel, packed: packed,
        into: result + panel * panelStep + start * Self.panel, positionStep: positionStep)
    }
  }

  /// At most `rowsAtOnce` rows of a panel, `[rows, 32]` in each position.
  func transform(
    _ rows: Range<Int>, panel: Int, packed: UnsafeMutablePointer<Float>, into result: UnsafeMutablePointer<Float>,
    positionStep: Int
  ) {
    matrices.pack(rows, panel: panel, into: packed)
    scheme.loops.filter(packed, rows.count * Self.panel, result, positionStep)
  }
}

import CKernels
import TesseraTensors

/// A filter `[height, width, inputs, outputs]` as matrices `[inner, columns]`, one per tap, and how parts of them are
/// packed.
struct FilterMatrices {
  let start: UnsafePointer<Float>
  let polyphase: Polyphase
  /// The adjoint's matrices are transposed, and its taps flipped.
  let isAdjoint: Bool

  static let panel = 32

  var inner: Int { isAdjoint ? polyphase.outputChannels : polyphase.input.columns }
  var columns: Int { isAdjoint ? polyphase.input.columns : polyphase.outputChannels }
  var panels: Int { (columns + Self.panel - 1) / Self.panel }
  /// Floats of a position's packed matrices.
  static func floats(_ polyphase: Polyphase, isAdjoint: Bool) -> Int {
    let (inner, columns) = (polyphase.outputChannels, polyphase.input.columns)
    return isAdjoint ? inner * padded(columns) : columns * padded(inner)
  }
  private static func padded(_ columns: Int) -> Int { (columns + panel - 1) / panel * panel }
  private var tapCount: Int { polyphase.taps * polyphase.taps }

  /// Rows `rows` of a panel of each tap's matrix, `[taps, rows, 32]`.
  func pack(_ rows: Range<Int>, panel: Int, into packed: UnsafeMutablePointer<Float>) {
    let firstColumn = panel * Self.panel
    let columnCount = min(Self.panel, columns - firstColumn)
    for tap in 0..<tapCount {
      let target = packed + tap * rows.count * Self.panel
      if isAdjoint {
        let pointers = (firstColumn..<firstColumn + columnCount).map { pointer(tapCount - 1 - tap, $0) }
        kernels.pack_columns(pointers, columnCount, rows.lowerBound, rows.count, target)
      } else {
        let pointers = rows.map { row in pointer(tap, row).map { $0 + firstColumn } }
        kernels.pack_rows(pointers, rows.count, columnCount, target)
      }
    }
  }

  /// The reverse of `pack`: writes the rows of each tap that exists to a filter of the same shape.
  func unpack(_ packed: UnsafePointer<Float>, _ rows: Range<Int>, panel: Int, into target: UnsafeMutablePointer<Float>)
  {
    let firstColumn = panel * Self.panel
    let columnCount = min(Self.panel, columns - firstColumn)
    var source = packed
    for tap in 0..<tapCount {
      for row in rows {
        if let offset = polyphase.filterOffset(tap: tap, column: row) {
          (target + offset + firstColumn).update(from: source, count: columnCount)
        }
        source += Self.panel
      }
    }
  }

  /// The parts of a range of rows that belong to one phase each.
  func parts(of rows: Range<Int>) -> [Range<Int>] {
    let length = isAdjoint ? inner : polyphase.inputChannels
    return (rows.lowerBound / length...(rows.upperBound - 1) / length).map { phase in
      max(rows.lowerBound, phase * length)..<min(rows.upperBound, (phase + 1) * length)
    }
  }

  /// Whether a missing tap makes these rows, or in the adjoint these columns, zero at a position of `scheme`.
  ///
  /// Only the last tap counts at infinity, which is the last position along an axis; flipped, it is the first tap, and
  /// only it counts at zero, the first position.
  func zeroPositions(_ scheme: WinogradScheme, rows: Range<Int>, panel: Int) -> [Bool] {
    let first = panel * Self.panel
    let lacking = polyphase.lackingAxes(isAdjoint ? first..<min(columns, first + Self.panel) : rows)
    let zero = isAdjoint ? 0 : scheme.size - 1
    return (0..<scheme.positions).map { position in
      (lacking.rows && position / scheme.size == zero) || (lacking.columns && position % scheme.size == zero)
    }
  }

  private func pointer(_ tap: Int, _ column: Int) -> UnsafePointer<Float>? {
    polyphase.filterOffset(tap: tap, column: column).map { start + $0 }
  }
}

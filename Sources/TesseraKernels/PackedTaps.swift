import CKernels
import TesseraTensors

/// The right side of a gathered product: the chosen taps of a filter `[height, width, channels / groups, outputs]`, for
/// each group a matrix `[taps * inner, columns]` in panels, as `kernels.panel_product` reads them.
///
/// The adjoint's matrices are those of the convolution transposed.
struct PackedTaps {
  /// The taps' places in the filter, in the order in which they are gathered.
  let taps: [Int]
  let filterChannels: Int
  let filterOutputs: Int
  let groups: Int
  let isAdjoint: Bool

  static let panel = FilterMatrices.panel

  private var width: Int { filterOutputs / groups }
  /// The length of a sum over one tap.
  var inner: Int { isAdjoint ? width : filterChannels }
  /// The columns of a group.
  var columns: Int { isAdjoint ? filterChannels : width }
  var panels: Int { (columns + Self.panel - 1) / Self.panel }
  /// From one panel to the next: `[taps, inner, 32]`.
  var panelStep: Int { taps.count * inner * Self.panel }
  private var floats: Int { groups * panels * panelStep }

  /// Calls `body` with the packed matrices, `[groups, panels, taps, inner, 32]`: those of an earlier pass where the
  /// context keeps such tensors.
  ///
  /// - Parameter pixels: how many rows the product has. If there are many, packing large filters again costs less than
  ///   the memory to keep them.
  func withPanels(of filter: Tensor, pixels: Int, _ body: (UnsafePointer<Float>) -> Void) {
    if let prepared = ComputeContext.current.prepared,
      WinogradFilters.areWorthKeeping(floats: floats, tiles: pixels / 16),
      let kept = prepared.tensor(
        from: [filter], for: "packed taps", [groups, isAdjoint ? 1 : 0] + taps,
        make: {
          Tensor(shape: [floats]) { target in
            filter.withUnsafeBufferPointer { pack($0.baseAddress!, into: target.baseAddress!) }
          }
        })
    {
      kept.withUnsafeBufferPointer { body($0.baseAddress!) }
      return
    }
    withScratch(floats) { target in
      filter.withUnsafeBufferPointer { pack($0.baseAddress!, into: target) }
      body(UnsafePointer(target))
    }
  }

  private func pack(_ filter: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) {
    parallelFor(groups * panels) { index in
      let (group, panel) = index.quotientAndRemainder(dividingBy: panels)
      let first = panel * Self.panel
      let count = min(Self.panel, columns - first)
      var target = result + index * panelStep
      for tap in taps {
        let start = filter + tap * filterChannels * filterOutputs + group * width
        if isAdjoint {
          let rows = (first..<first + count).map { Optional(start + $0 * filterOutputs) }
          kernels.pack_columns(rows, count, 0, inner, target)
        } else {
          let rows = (0..<inner).map { Optional(start + $0 * filterOutputs + first) }
          kernels.pack_rows(rows, inner, count, target)
        }
        target += inner * Self.panel
      }
    }
  }
}

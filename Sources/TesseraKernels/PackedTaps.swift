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

  /// - Parameters:
  ///   - gather: whose taps are taken, in its order.
  ///   - filter: the filter's shape.
  ///   - groups: the number of independent groups that the channels are split into.
  ///   - isAdjoint: whether the matrices are those of the convolution transposed.
  init(_ gather: Gather, of filter: Shape, groups: Int, isAdjoint: Bool) {
    taps = gather.taps.map(\.filterIndex)
    (filterChannels, filterOutputs) = (filter[2], filter[3])
    self.groups = groups
    self.isAdjoint = isAdjoint
  }

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

  /// Whether keeping the packed matrices for a product of so many rows is worth their memory: if there are many,
  /// packing large filters again costs less.
  func areWorthKeeping(pixels: Int) -> Bool { WinogradFilters.areWorthKeeping(floats: floats, tiles: pixels / 16) }

  /// The packed matrices, `[groups, panels, taps, inner, 32]`.
  func packed(_ filter: Tensor) -> Tensor {
    Tensor(shape: [floats]) { target in
      filter.withUnsafeBufferPointer { pack($0.baseAddress!, into: target.baseAddress!) }
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

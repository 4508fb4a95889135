import CKernels
import TesseraTensors

/// One of Winograd's algorithms F(m x m, r x r): tiles of m x m outputs under r x r taps with (m + r - 1)^2 products.
struct WinogradScheme: Sendable {
  let loops: tk_winograd

  /// Outputs of a tile along each axis.
  var outputs: Int { Int(loops.m) }
  var taps: Int { Int(loops.r) }
  /// Inputs of a tile along each axis.
  var size: Int { outputs + taps - 1 }
  /// Products of a tile for each pair of channels.
  var positions: Int { size * size }

  static let all: [WinogradScheme] = [
    kernels.winograd_2_3, kernels.winograd_4_3, kernels.winograd_6_3, kernels.winograd_3_2, kernels.winograd_4_2,
  ].map(WinogradScheme.init)

  /// F(`outputs` x `outputs`, `taps` x `taps`); stops if there is none.
  init(outputs: Int, taps: Int) {
    guard let scheme = Self.all.first(where: { $0.outputs == outputs && $0.taps == taps }) else {
      fail("Winograd: there is no F(\(outputs) x \(outputs), \(taps) x \(taps))")
    }
    self = scheme
  }

  private init(_ loops: tk_winograd) { self.loops = loops }

  func tiles(of grid: Extent) -> Extent {
    Extent(height: (grid.height + outputs - 1) / outputs, width: (grid.width + outputs - 1) / outputs)
  }
}

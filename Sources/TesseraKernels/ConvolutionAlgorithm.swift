import TesseraTensors

/// How a convolution is computed: a pure function of its shape, so that a run always gives the same bits.
package enum ConvolutionAlgorithm: Hashable, Sendable {
  /// im2col and OpenBLAS products.
  case gathered
  /// Winograd's F(m x m, r x r) with `tile` outputs along each axis.
  case winograd(tile: Int)

  package enum Pass: Sendable, CaseIterable { case forward, inputGradient, filterGradient }

  /// The algorithm with the lowest estimated cost.
  ///
  /// - Parameter filtersAreKept: they were transformed in an earlier pass (`PreparedTensors`).
  package static func cheapest(
    _ pass: Pass, _ geometry: WindowGeometry, batch: Int, inputChannels: Int, outputChannels: Int, groups: Int,
    filtersAreKept: Bool = false
  ) -> ConvolutionAlgorithm {
    guard groups == 1, Polyphase.applies(to: geometry), min(inputChannels, outputChannels) >= 8 else {
      return .gathered
    }
    let polyphase = Polyphase(geometry, inputChannels: inputChannels, outputChannels: outputChannels)
    var best = ConvolutionAlgorithm.gathered
    var least = gatheredCost(geometry, batch, inputChannels, outputChannels)
    let summed = pass == .inputGradient ? outputChannels : inputChannels
    for scheme in WinogradScheme.all where scheme.taps == polyphase.taps {
      // Rounding errors of the largest tiles, times the root of the number of channels, stay below 1e-5 up to here.
      if scheme.outputs > 4 && pass != .filterGradient && summed > 512 { continue }
      let cost = winogradCost(pass, scheme, polyphase, batch, filtersAreKept)
      if cost < least { (best, least) = (.winograd(tile: scheme.outputs), cost) }
    }
    return best
  }

  /// Costs are counted in multiply-adds of a product that runs at full speed.
  private static func gatheredCost(_ geometry: WindowGeometry, _ batch: Int, _ inputs: Int, _ outputs: Int) -> Double {
    let efficiency = 0.8
    return Double(batch * geometry.output.area * geometry.window.area * inputs * outputs) / efficiency
  }

  private static func winogradCost(
    _ pass: Pass, _ scheme: WinogradScheme, _ polyphase: Polyphase, _ batch: Int, _ filtersAreKept: Bool
  ) -> Double {
    let grid = pass == .inputGradient ? polyphase.adjointGrid : polyphase.geometry.output
    let tiles = batch * scheme.tiles(of: grid).area
    let (inner, outputs) = (polyphase.input.columns, polyphase.outputChannels)
    let isKept =
      filtersAreKept
      && WinogradFilters.areWorthKeeping(floats: scheme.positions * inner * outputs, tiles: tiles)
    // What moving one number through a transform costs; of filters that are kept, reading it.
    let perPixelNumber = 20.0
    let perFilterNumber = isKept ? 16.0 : 24.0
    // Panels are whole; the inner length of the product is not padded.
    let columns = pass == .inputGradient ? inner : outputs
    let padded = Double((columns + FilterMatrices.panel - 1) / FilterMatrices.panel * FilterMatrices.panel)
    let products = Double(tiles * (inner * outputs / columns)) * padded * polyphase.shareOfProducts(scheme)
    let pixels = Double(tiles * (inner + outputs)) * perPixelNumber
    let filters = Double(inner * outputs) * perFilterNumber
    return Double(scheme.positions) * (products + pixels + filters)
  }
}

import TesseraTensors

/// How a convolution is computed: chosen by its shape only, so that a run always gives the same bits.
public enum ConvolutionAlgorithm: Hashable, Sendable {
  /// Products of pixels and packed weights, tap by tap; works for every convolution.
  case gathered
  /// Winograd's F(m x m, r x r) with `tile` outputs along each axis (Lavin and Gray 2015, arXiv:1509.09308), on the
  /// phases of the input where stride or dilation is not 1; for square windows and one group.
  case winograd(tile: Int)
  /// Sums over the taps for vectors of channels, without a matrix; for convolutions of which each channel is a group.
  case depthwise

  /// Which of a convolution's three linear maps is computed.
  public enum Pass: Sendable, CaseIterable { case forward, inputGradient, filterGradient }

  /// The algorithms that can compute a convolution to an accuracy of 1e-5, the general one first.
  public static func candidates(
    _ pass: Pass, _ geometry: WindowGeometry, inputChannels: Int, outputChannels: Int, groups: Int
  ) -> [ConvolutionAlgorithm] {
    if isDepthwise(inputChannels, outputChannels, groups) { return [.gathered, .depthwise] }
    let geometry = DilationPhases(geometry)?.geometry ?? geometry
    guard groups == 1, Polyphase.applies(to: geometry) else { return [.gathered] }
    let polyphase = Polyphase(geometry, inputChannels: inputChannels, outputChannels: outputChannels)
    let summed = pass == .inputGradient ? outputChannels : inputChannels
    let schemes = WinogradScheme.all.filter { scheme in
      // The largest tiles' rounding errors grow with the square root of the number of channels and stay below 1e-5 up
      // to here; their sums over tiles overflow the cache.
      scheme.taps == polyphase.taps && (scheme.outputs <= 4 || (pass != .filterGradient && summed <= 512))
    }
    return [.gathered] + schemes.map { .winograd(tile: $0.outputs) }
  }

  /// The candidate with the lowest estimated cost.
  ///
  /// - Parameters:
  ///   - pass: which of a convolution's three products.
  ///   - geometry: where the windows lie.
  ///   - batch: the number of pictures.
  ///   - inputChannels: the number of input channels of a group.
  ///   - outputChannels: the number of output channels.
  ///   - groups: the number of groups that the channels are split into.
  ///   - filtersAreKept: whether they were transformed in an earlier pass (`PreparedTensors`).
  public static func cheapest(
    _ pass: Pass, _ geometry: WindowGeometry, batch: Int, inputChannels: Int, outputChannels: Int, groups: Int,
    filtersAreKept: Bool = false
  ) -> ConvolutionAlgorithm {
    // A product of one channel with one is no matrix product.
    if isDepthwise(inputChannels, outputChannels, groups) { return .depthwise }
    // Vectors of channels would be mostly empty.
    guard min(inputChannels, outputChannels) >= 8 else { return .gathered }
    let candidates = candidates(
      pass, geometry, inputChannels: inputChannels, outputChannels: outputChannels, groups: groups)
    guard candidates.count > 1 else { return .gathered }
    let phases = DilationPhases(geometry)
    let polyphase = Polyphase(
      phases?.geometry ?? geometry, inputChannels: inputChannels, outputChannels: outputChannels)
    // What copying one number between a picture and its phases costs.
    let perCopiedNumber = 40.0
    let copies =
      phases == nil ? 0 : perCopiedNumber * Double(batch * geometry.output.area * (inputChannels + outputChannels))
    let costs = candidates.map { candidate in
      switch candidate {
      case .gathered, .depthwise: gatheredCost(pass, geometry, batch, inputChannels, outputChannels)
      case .winograd(let tile):
        copies
          + winogradCost(
            pass, WinogradScheme(outputs: tile, taps: polyphase.taps), polyphase, batch * (phases?.count ?? 1),
            filtersAreKept)
      }
    }
    return zip(candidates, costs).min { $0.1 < $1.1 }?.0 ?? .gathered
  }

  private static func isDepthwise(_ inputChannels: Int, _ outputChannels: Int, _ groups: Int) -> Bool {
    groups > 1 && inputChannels == 1 && outputChannels == groups
  }

  /// Costs are counted in multiply-adds of a product that runs at full speed.
  private static func gatheredCost(
    _ pass: Pass, _ geometry: WindowGeometry, _ batch: Int, _ inputs: Int, _ outputs: Int
  ) -> Double {
    let products = Double(batch * geometry.output.area * geometry.window.area) * Double(inputs * outputs)
    let summed = pass == .inputGradient ? outputs : inputs
    // What is gathered is copied first, with zeros for taps beside the picture, and the filter's gradient is a product
    // of two copies.
    let inside = geometry.rows.shareOfTapsInside * geometry.columns.shareOfTapsInside
    if pass == .filterGradient { return inputs > Convolution.gatheredColumns / 2 ? products * inside : products / 0.8 }
    return summed < GatheredProduct.leastChannelsInPlace ? products / 0.8 : products * inside
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
    // What moving one number through a transform costs; for kept filters, reading it; for their gradient, which is made
    // only once, writing it.
    let perPixelNumber = 20.0
    let perFilterNumber = pass == .filterGradient ? 12.0 : isKept ? 16.0 : 24.0
    // Panels are whole; the inner length of the product is not padded.
    let columns = pass == .inputGradient ? inner : outputs
    let padded = Double((columns + FilterMatrices.panel - 1) / FilterMatrices.panel * FilterMatrices.panel)
    let products = Double(tiles * (inner * outputs / columns)) * padded * polyphase.shareOfProducts(scheme)
    let pixels = Double(tiles * (inner + outputs)) * perPixelNumber
    let filters = Double(inner * outputs) * perFilterNumber
    return Double(scheme.positions) * (products + pixels + filters)
  }
}

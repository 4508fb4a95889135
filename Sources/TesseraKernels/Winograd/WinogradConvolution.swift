import TesseraTensors

/// Convolution or its adjoint by Winograd's algorithm with `tile` x `tile` outputs at once, for pictures of one shape.
struct WinogradConvolution: Sendable {
  private let polyphase: Polyphase
  private let tiles: WinogradTiles
  private let isAdjoint: Bool

  init(_ geometry: WindowGeometry, filter: Shape, batch: Int, tile: Int, isAdjoint: Bool) {
    polyphase = Polyphase(geometry, inputChannels: filter[2], outputChannels: filter[3])
    tiles = WinogradTiles(
      scheme: WinogradScheme(outputs: tile, taps: polyphase.taps),
      grid: isAdjoint ? polyphase.adjointGrid : geometry.output, batch: batch)
    self.isAdjoint = isAdjoint
  }

  /// What tells the transformed filters from others of the same filter.
  var filterDetails: [Int] {
    [tiles.scheme.outputs, polyphase.taps, polyphase.geometry.stride.height, isAdjoint ? 1 : 0]
  }

  private func filters(at start: UnsafePointer<Float>) -> WinogradFilters {
    WinogradFilters(
      scheme: tiles.scheme, matrices: FilterMatrices(start: start, polyphase: polyphase, isAdjoint: isAdjoint))
  }

  /// Whether the transformed filters are worth the memory to keep them.
  var keepsFilters: Bool {
    let floats = tiles.scheme.positions * FilterMatrices.floats(polyphase, isAdjoint: isAdjoint)
    return WinogradFilters.areWorthKeeping(floats: floats, tiles: tiles.count)
  }

  /// The transformed `filter`; `nil` if it is not worth the memory to keep it.
  func filters(of filter: Tensor) -> Tensor? {
    guard keepsFilters else { return nil }
    return filter.withUnsafeBufferPointer { start in
      let filters = filters(at: start.baseAddress!)
      return Tensor(shape: [filters.floats]) { filters.transformAll(into: $0.baseAddress!) }
    }
  }

  /// - Parameters:
  ///   - shape: of the result.
  ///   - ready: the transformed filter, if it is known.
  func callAsFunction(
    _ source: Tensor, _ filter: Tensor, _ bias: Tensor?, _ activation: Activation, _ shape: Shape, ready: Tensor?
  ) -> Tensor {
    Tensor(shape: shape) { result in
      Convolution.withPointers(source, filter, bias) { source, filter, bias in
        func run(_ ready: UnsafePointer<Float>?) {
          WinogradProduct(
            tiles: tiles, source: source, sourcePictures: isAdjoint ? polyphase.adjointOutput : polyphase.input,
            filters: filters(at: filter), readyFilters: ready, result: result.baseAddress!,
            resultPictures: isAdjoint ? polyphase.adjointInput : polyphase.output, bias: bias,
            relu: activation == .relu
          ).run()
        }
        if let ready { ready.withUnsafeBufferPointer { run($0.baseAddress!) } } else { run(nil) }
      }
      if activation != .relu && activation != .identity {
        parallelFor(result.count, grain: pointwiseGrain) { range in
          let start = result.baseAddress! + range.lowerBound
          kernels.activate(start, start, range.count, activation.kind, activation.slope)
        }
      }
    }
  }
}

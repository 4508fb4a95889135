import TesseraTensors

extension Convolution {
  /// Convolution or its adjoint by Winograd's algorithm with `tile` x `tile` outputs at once.
  static func winograd(
    _ source: Tensor, _ filter: Tensor, _ bias: Tensor?, _ polyphase: Polyphase, tile: Int, activation: Activation,
    isAdjoint: Bool
  ) -> Tensor {
    let geometry = polyphase.geometry
    let batch = source.shape[0]
    let tiles = WinogradTiles(
      scheme: WinogradScheme(outputs: tile, taps: polyphase.taps),
      grid: isAdjoint ? polyphase.adjointGrid : geometry.output, batch: batch)
    let extent = isAdjoint ? geometry.input : geometry.output
    let channels = isAdjoint ? polyphase.inputChannels : polyphase.outputChannels
    let ready = keptFilters(filter, polyphase, tiles, isAdjoint: isAdjoint)
    return Tensor(shape: [batch, extent.height, extent.width, channels]) { result in
      withPointers(source, filter, bias) { source, filter, bias in
        func run(_ ready: UnsafePointer<Float>?) {
          WinogradProduct(
            tiles: tiles, source: source, sourcePictures: isAdjoint ? polyphase.adjointOutput : polyphase.input,
            filters: WinogradFilters(
              scheme: tiles.scheme,
              matrices: FilterMatrices(start: filter, polyphase: polyphase, isAdjoint: isAdjoint)),
            readyFilters: ready, result: result.baseAddress!,
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

  /// The transformed `filter` from earlier passes, where the context keeps such tensors and it is worth the memory.
  private static func keptFilters(
    _ filter: Tensor, _ polyphase: Polyphase, _ tiles: WinogradTiles, isAdjoint: Bool
  ) -> Tensor? {
    guard let prepared = ComputeContext.current.prepared else { return nil }
    return filter.withUnsafeBufferPointer { start in
      let filters = WinogradFilters(
        scheme: tiles.scheme,
        matrices: FilterMatrices(start: start.baseAddress!, polyphase: polyphase, isAdjoint: isAdjoint))
      guard WinogradFilters.areWorthKeeping(floats: filters.floats, tiles: tiles.count) else { return nil }
      let details = [
        tiles.scheme.outputs, polyphase.taps, polyphase.geometry.stride.height, isAdjoint ? 1 : 0,
      ]
      return prepared.tensor(from: [filter], for: "Winograd's filters", details) {
        Tensor(shape: [filters.floats]) { filters.transformAll(into: $0.baseAddress!) }
      }
    }
  }

  static func winogradFilterGradient(
    _ input: Tensor, _ outputGradient: Tensor, _ geometry: WindowGeometry, tile: Int
  ) -> Tensor {
    let polyphase = Polyphase(
      geometry, inputChannels: input.shape[3], outputChannels: outputGradient.shape[3])
    let tiles = WinogradTiles(
      scheme: WinogradScheme(outputs: tile, taps: polyphase.taps), grid: geometry.output, batch: input.shape[0])
    let window = geometry.window
    return Tensor(shape: [window.height, window.width, input.shape[3], outputGradient.shape[3]]) { result in
      withPointers(input, outputGradient, nil) { source, gradient, _ in
        let matrices = FilterMatrices(
          start: UnsafePointer(result.baseAddress!), polyphase: polyphase, isAdjoint: false)
        WinogradFilterGradient(
          tiles: tiles, source: source, sourcePictures: polyphase.input, gradient: gradient,
          gradientPictures: polyphase.output, filter: matrices, result: result.baseAddress!,
          blocking: WinogradFilterGradient.Blocking(
            tiles: tiles.count, positions: tiles.scheme.positions, inner: matrices.inner, panels: matrices.panels)
        ).run()
      }
    }
  }
}

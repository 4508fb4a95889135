import TesseraTensors

extension Convolution {
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

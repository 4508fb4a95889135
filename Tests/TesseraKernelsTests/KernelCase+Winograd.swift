import CKernels

extension KernelCase {
  /// The five loops of each of Winograd's algorithms.
  static let winograd = [
    winograd("winograd_2_3", \.winograd_2_3), winograd("winograd_4_3", \.winograd_4_3),
    winograd("winograd_6_3", \.winograd_6_3), winograd("winograd_3_2", \.winograd_3_2),
    winograd("winograd_4_2", \.winograd_4_2),
  ]

  private static func winograd(_ name: String, _ field: KeyPath<tk_kernels, tk_winograd> & Sendable) -> KernelCase {
    KernelCase(name, field, tolerance: 2e-6) { loops, n in
      let tile = WinogradTile(loops: loops, channels: n)
      let (source, gradient) = (tile.picture(side: tile.size), tile.picture(side: tile.outputs, seed: 2))
      let products = numbers(tile.positions * tile.positionStep, seed: 3)
      let bias = numbers(n, seed: 4)
      var results = WinogradTile.Cut.all(side: tile.size).map { tile.input(source, $0) }
      for cut in WinogradTile.Cut.all(side: tile.outputs) {
        results.append(tile.outputAdjoint(gradient, cut))
        for relu in [false, true] {
          results.append(tile.output(products, bias: nil, relu: relu, cut))
          results.append(tile.output(products, bias: bias, relu: relu, cut))
        }
      }
      results.append(tile.filter(numbers(tile.taps * tile.taps * tile.filterCount, seed: 5)))
      results.append(tile.filterAdjoint(numbers(tile.positions * tile.filterStep, seed: 6)))
      return results
    }
  }
}

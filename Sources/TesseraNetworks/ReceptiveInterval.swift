import TesseraLayers

/// The pixels along one axis that some results depend on, found by walking a network from its results back to its
/// input: each layer widens the interval by what its windows see.
///
/// Only the shapes of windows count (Araujo, Norris, Sim 2019, "Computing Receptive Fields of Convolutional Neural
/// Networks"); given weights may see less, never more.
struct ReceptiveInterval {
  let first: Int
  let last: Int

  private init(_ first: Int, _ last: Int) { (self.first, self.last) = (first, last) }

  /// One result.
  init(_ result: Int) { self.init(result, result) }

  /// Before a convolution with unit stride and same padding.
  func before(_ layer: Conv2D) -> ReceptiveInterval {
    let kernel = layer.filter.shape[0]
    return ReceptiveInterval(first - (kernel - 1) / 2, last + kernel / 2)
  }

  /// Before a pool of windows that do not overlap.
  func beforePool(window: Int) -> ReceptiveInterval { ReceptiveInterval(first * window, last * window + window - 1) }

  /// Before a transposed convolution with same cropping: its result o holds input i by tap t where
  /// `o = stride i - cropped + t`.
  func before(_ layer: TransposedConv2D) -> ReceptiveInterval {
    let (kernel, stride) = (layer.filter.shape[0], layer.stride.height)
    let cropped = (kernel - stride) / 2
    func dividedDown(_ value: Int) -> Int { value >= 0 ? value / stride : -((stride - 1 - value) / stride) }
    return ReceptiveInterval(dividedDown(first + cropped - kernel + stride), dividedDown(last + cropped))
  }

  /// Of this and `other`, where results are joined or added.
  func union(_ other: ReceptiveInterval) -> ReceptiveInterval {
    ReceptiveInterval(min(first, other.first), max(last, other.last))
  }

  /// The farthest that any result lies from a pixel that it depends on, for a network that does the same every `period`
  /// pixels.
  static func radius(period: Int, of interval: (_ result: ReceptiveInterval) -> ReceptiveInterval) -> Int {
    (0..<period).map { result in
      let seen = interval(ReceptiveInterval(result))
      return max(result - seen.first, seen.last - result)
    }.max() ?? 0
  }
}

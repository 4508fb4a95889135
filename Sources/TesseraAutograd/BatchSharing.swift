import TesseraKernels
import TesseraTensors

/// Processes that each have a batch of the same step, for layers that look at a whole batch: to them all are one.
package protocol BatchSharing: AnyObject {
  /// Whether this process is the one that moves running statistics, which are the same for all.
  var isFirst: Bool { get }

  /// Gives each process the numbers of all, in a fixed order.
  ///
  /// All of them ask in the same order, for as many numbers.
  func gathered(_ own: [Double]) -> [[Double]]
}

extension BatchSharing {
  /// The moments of all batches together, combined from those of each without cancellation (Chan, Golub, LeVeque 1979).
  func moments(with own: Moments) -> Moments {
    let channels = own.mean.count
    let all = gathered([Double(own.count)] + (own.mean.scalars + own.variance.scalars).map { Double($0) })
    let count = all.reduce(0) { $0 + $1[0] }
    let mean = (1...channels).map { channel in all.reduce(0) { $0 + $1[0] * $1[channel] } / count }
    let variance = (1...channels).map { channel in
      all.reduce(0) { sum, numbers in
        let deviation = numbers[channel] - mean[channel - 1]
        return sum + numbers[0] * (numbers[channel + channels] + deviation * deviation)
      } / count
    }
    return Moments(
      mean: Tensor(mean.map { Float($0) }), variance: Tensor(variance.map { Float($0) }), count: Int(count))
  }

  /// The sums over all batches.
  func sums(
    with own: (gradient: Tensor, product: Tensor)
  ) -> (gradient: Tensor, product: Tensor) {
    let channels = own.gradient.count
    let all = gathered((own.gradient.scalars + own.product.scalars).map { Double($0) })
    let sums = (0..<2 * channels).map { place in Float(all.reduce(0) { $0 + $1[place] }) }
    return (Tensor(Array(sums[..<channels])), Tensor(Array(sums[channels...])))
  }
}

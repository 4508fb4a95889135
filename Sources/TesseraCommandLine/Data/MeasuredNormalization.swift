import Tessera

extension ImageNormalization {
  /// What a network expects of pixels that nobody knows beforehand, such as satellite bands: each channel with a mean
  /// of 0 and a deviation of 1 in the data that it is trained on.
  ///
  /// - Parameters:
  ///   - dataset: its pictures are read, at most `samples` evenly spaced ones.
  ///   - size: that of training, which is the size in a cache.
  /// - Throws: what reading samples throws.
  init(measuredIn dataset: any SegmentationDataset, scaledTo size: ScaledSize, samples: Int = 200) throws {
    let count = min(samples, dataset.count)
    var (sums, squares, pixels) = ([Double](), [Double](), 0)
    for number in 0..<count {
      let tensor = try dataset.sample(at: number * dataset.count / count, scaledTo: size).pixels.tensor
      let channels = tensor.shape[2]
      if sums.isEmpty {
        (sums, squares) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
      }
      tensor.withUnsafeBufferPointer { values in
        for channel in 0..<channels {
          for place in stride(from: channel, to: values.count, by: channels) {
            sums[channel] += Double(values[place])
            squares[channel] += Double(values[place]) * Double(values[place])
          }
        }
      }
      pixels += tensor.shape[0] * tensor.shape[1]
    }
    let means = sums.map { $0 / Double(pixels) }
    let deviations = zip(squares, means).map { (max(0, $0 / Double(pixels) - $1 * $1)).squareRoot() }
    // A channel that is the same everywhere becomes 0.
    self.init(mean: means.map { Float($0) }, deviation: deviations.map { $0 > 1e-6 ? Float($0) : 1 })
  }
}

import TesseraImaging
import TesseraTensors

extension Batch {
  /// Stacks samples of one size: images `[count, height, width, 3]` in 0...255, grey repeated in all three channels.
  ///
  /// - Parameter samples: at least one, all of one size and label space.
  public init(_ samples: [Sample]) {
    require(!samples.isEmpty, "Batch: there must be at least one sample")
    let (width, height) = (samples[0].image.width, samples[0].image.height)
    for sample in samples {
      require(
        sample.image.width == width && sample.image.height == height,
        "Batch: all images must be \(width) x \(height); \(sample.name) is \(sample.image.width) x "
          + "\(sample.image.height)")
      require(
        sample.mask.width == width && sample.mask.height == height,
        "Batch: the mask of \(sample.name) must be \(width) x \(height), as its image; it is \(sample.mask.width) x "
          + "\(sample.mask.height)")
    }
    let stride = height * width * 3
    let images = Tensor(shape: [samples.count, height, width, 3]) { buffer in
      for (number, sample) in samples.enumerated() {
        sample.image.write(to: UnsafeMutableBufferPointer(rebasing: buffer[number * stride..<(number + 1) * stride]))
      }
    }
    self.init(images: images, masks: MaskBatch(samples.map(\.mask)), names: samples.map(\.name))
  }
}

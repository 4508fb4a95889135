import TesseraImaging
import TesseraTensors

extension Batch {
  /// Stacks samples of the same size: images `[count, height, width, channels]`, photographs as red, green and blue in
  /// 0...255.
  ///
  /// - Parameters:
  ///   - samples: at least one, all of the same size, number of channels and label space.
  ///   - padding: what pixels beside a picture become, a value for each channel; `nil` leaves them medium gray, or 0 if
  ///     they are not a photograph.
  public init(_ samples: [Sample], padding: [Float]? = nil) {
    require(!samples.isEmpty, "Batch: there must be at least one sample")
    let (width, height, channels) = (samples[0].pixels.width, samples[0].pixels.height, samples[0].pixels.channels)
    for sample in samples {
      require(
        sample.pixels.width == width && sample.pixels.height == height,
        "Batch: all images must be \(width) x \(height); \(sample.name) is \(sample.pixels.width) x "
          + "\(sample.pixels.height)")
      require(
        sample.pixels.channels == channels,
        "Batch: all images must have \(channels) channels; \(sample.name) has \(sample.pixels.channels)")
      require(
        sample.mask.width == width && sample.mask.height == height,
        "Batch: the mask of \(sample.name) must be \(width) x \(height), like its image; it is \(sample.mask.width) x "
          + "\(sample.mask.height)")
    }
    require(
      padding?.count ?? channels == channels,
      "Batch: padding needs a value for each of \(channels) channels; got \(padding ?? [])")
    let stride = height * width * channels
    let images = Tensor(shape: [samples.count, height, width, channels]) { buffer in
      for (number, sample) in samples.enumerated() {
        sample.pixels.write(to: UnsafeMutableBufferPointer(rebasing: buffer[number * stride..<(number + 1) * stride]))
        guard let padding, let place = sample.padding else { continue }
        for (pixel, isBeside) in place.indices.enumerated() where isBeside != 0 {
          for channel in 0..<channels { buffer[number * stride + pixel * channels + channel] = padding[channel] }
        }
      }
    }
    self.init(images: images, masks: MaskBatch(samples.map(\.mask)), names: samples.map(\.name))
  }
}

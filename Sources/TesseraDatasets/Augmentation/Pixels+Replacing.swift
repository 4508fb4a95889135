import TesseraImaging
import TesseraTensors

extension Pixels {
  /// Pixels of the same kind and size that show nothing: medium gray in a photograph, 0 in a tensor.
  var blank: Pixels {
    window(left: width, top: height, width: width, height: height, color: Color(128, 128, 128))
  }

  /// The pixels with those of `other` where `holds` says so for a pixel's number.
  ///
  /// A photograph of another depth or number of channels makes the result one of 8 bits, or of colors.
  ///
  /// - Parameter other: of the same size and number of channels.
  func replacing(with other: Pixels, where holds: (Int) -> Bool) -> Pixels {
    require(
      other.width == width && other.height == height && other.channels == channels,
      "Pixels.replacing: \(width) x \(height) x \(channels) values cannot be replaced by \(other.width) x "
        + "\(other.height) x \(other.channels)")
    func replaced<Number>(_ own: [Number], by others: [Number]) -> [Number] {
      var result = own
      let channels = own.count / (width * height)
      for place in 0..<width * height where holds(place) {
        for number in place * channels..<(place + 1) * channels { result[number] = others[number] }
      }
      return result
    }
    guard case (.image(let own), .image(let foreign)) = (content, other.content) else {
      return Pixels(Tensor(replaced(tensor.scalars, by: other.tensor.scalars), shape: tensor.shape))
    }
    guard own.channels == foreign.channels else {
      return Pixels(Image(own.tensor)).replacing(with: Pixels(Image(foreign.tensor)), where: holds)
    }
    let samples: Image.Samples
    switch (own.samples, foreign.samples) {
    case (.sixteenBit(let own), .sixteenBit(let foreign)): samples = .sixteenBit(replaced(own, by: foreign))
    default: samples = .eightBit(replaced(own.pixels, by: foreign.pixels))
    }
    return Pixels(Image(width: width, height: height, channels: own.channels, samples: samples))
  }
}

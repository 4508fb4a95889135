import TesseraTensors

/// What a network expects of its pixels: channel order, mean and scale. It belongs to the weights and travels with
/// them.
///
/// A pixel in 0...255 becomes `(value - mean) / deviation`, channel by channel, in the order that the weights expect.
public struct ImageNormalization: Sendable, Hashable, Codable {
  /// Which color comes first; pixels without three channels stay as they are, as `rgb`.
  public enum ChannelOrder: String, Sendable, Codable { case rgb, bgr }

  /// The order of the channels that the weights expect.
  public let order: ChannelOrder
  /// In 0...255, in the weights' channel order.
  public let mean: [Float]
  /// What a centered value is divided by, in 0...255, in the weights' channel order.
  public let deviation: [Float]

  /// - Parameters:
  ///   - order: of the channels that the weights expect.
  ///   - mean: a value for each channel, in the weights' order: three for photographs.
  ///   - deviation: as many.
  public init(order: ChannelOrder = .rgb, mean: [Float], deviation: [Float]) {
    require(
      Self.fit(order, mean, deviation),
      "ImageNormalization: expects a mean and a deviation for each channel, and three of each for \(ChannelOrder.bgr); got "
        + "\(mean) and \(deviation) for \(order)")
    self.order = order
    self.mean = mean
    self.deviation = deviation
  }

  private static func fit(_ order: ChannelOrder, _ mean: [Float], _ deviation: [Float]) -> Bool {
    !mean.isEmpty && deviation.count == mean.count && (order == .rgb || mean.count == 3)
  }

  private enum CodingKeys: CodingKey { case order, mean, deviation }

  public init(from decoder: any Decoder) throws {
    let card = try decoder.container(keyedBy: CodingKeys.self)
    let order = try card.decode(ChannelOrder.self, forKey: .order)
    let mean = try card.decode([Float].self, forKey: .mean)
    let deviation = try card.decode([Float].self, forKey: .deviation)
    guard Self.fit(order, mean, deviation), (mean + deviation.map { 1 / $0 }).allSatisfy(\.isFinite) else {
      throw DecodingError.dataCorruptedError(
        forKey: .deviation, in: card,
        debugDescription:
          "its normalization needs a mean and a deviation other than 0 for each channel, and three for bgr")
    }
    self.init(order: order, mean: mean, deviation: deviation)
  }

  /// The pixel that becomes 0 in every channel: red, green and blue of a photograph, in 0...255.
  public var neutralPixel: [Float] { order == .rgb ? mean : mean.reversed() }

  /// The number of channels that the pixels have.
  public var channels: Int { mean.count }

  /// 0...255 to 0...1.
  public static let unit = unit(channels: 3)

  /// 0...255 to 0...1, in pixels of any number of channels.
  public static func unit(channels: Int) -> ImageNormalization {
    ImageNormalization(
      mean: [Float](repeating: 0, count: channels), deviation: [Float](repeating: 255, count: channels))
  }

  /// Blue, green, red minus ImageNet's means: Keras' VGG weights, which come from Caffe.
  public static let caffe = ImageNormalization(
    order: .bgr, mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1])

  /// 0...255 to -1...1: Keras' MobileNet weights, which come from TensorFlow.
  public static let symmetric = ImageNormalization(mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5])

  /// torchvision's ImageNet weights.
  public static let torchvision = ImageNormalization(
    order: .rgb, mean: [0.485 * 255, 0.456 * 255, 0.406 * 255], deviation: [0.229 * 255, 0.224 * 255, 0.225 * 255])

  /// Normalizes raw pixels `[batch, height, width, channels]`; those of photographs are red, green, blue in 0...255.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    let channels = channels
    require(
      images.shape.rank == 4 && images.shape[3] == channels,
      "ImageNormalization: expects [batch, height, width, \(channels)]; got \(images.shape)")
    return Tensor(shape: images.shape) { out in
      images.withUnsafeBufferPointer { pixels in
        parallelFor(pixels.count / channels, grain: 16_384) { range in
          for channel in 0..<channels {
            let (mean, scale) = (mean[channel], 1 / deviation[channel])
            let source = order == .rgb ? channel : channels - 1 - channel
            for start in stride(from: range.lowerBound * channels, to: range.upperBound * channels, by: channels) {
              out[start + channel] = (pixels[start + source] - mean) * scale
            }
          }
        }
      }
    }
  }
}

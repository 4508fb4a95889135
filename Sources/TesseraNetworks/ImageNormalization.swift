import TesseraTensors

/// What a network expects of its pixels: channel order, mean and scale. It belongs to the weights and travels with
/// them.
///
/// A pixel in 0...255 becomes `(value - mean) / deviation`, channel by channel, in the order that the weights want.
public struct ImageNormalization: Sendable, Hashable, Codable {
  /// Which color comes first.
  public enum ChannelOrder: String, Sendable, Codable { case rgb, bgr }

  /// The order of the channels that the weights want.
  public let order: ChannelOrder
  /// In 0...255, in the weights' channel order.
  public let mean: [Float]
  /// In 0...255, in the weights' channel order; what a centered value is divided by.
  public let deviation: [Float]

  /// How many channels it takes.
  public var channels: Int { mean.count }

  /// - Parameters:
  ///   - order: of the channels that the weights expect.
  ///   - mean: three values, in the weights' channel order.
  ///   - deviation: three values.
  public init(order: ChannelOrder, mean: [Float], deviation: [Float]) {
    require(
      mean.count == 3 && deviation.count == 3,
      "ImageNormalization: expects three means and three deviations; got \(mean) and \(deviation)")
    self.order = order
    self.mean = mean
    self.deviation = deviation
  }

  private enum CodingKeys: CodingKey { case order, mean, deviation }

  public init(from decoder: any Decoder) throws {
    let card = try decoder.container(keyedBy: CodingKeys.self)
    let (mean, deviation) = (
      try card.decode([Float].self, forKey: .mean), try card.decode([Float].self, forKey: .deviation)
    )
    guard mean.count == 3, deviation.count == 3, (mean + deviation.map { 1 / $0 }).allSatisfy(\.isFinite) else {
      throw DecodingError.dataCorruptedError(
        forKey: .deviation, in: card,
        debugDescription: "its normalization needs three means and three deviations other than 0")
    }
    self.init(order: try card.decode(ChannelOrder.self, forKey: .order), mean: mean, deviation: deviation)
  }

  /// 0...255 to 0...1.
  public static let unit = ImageNormalization(order: .rgb, mean: [0, 0, 0], deviation: [255, 255, 255])

  /// Blue, green, red minus ImageNet's means: Keras' VGG weights, which come from Caffe.
  public static let caffe = ImageNormalization(
    order: .bgr, mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1])

  /// torchvision's ImageNet weights.
  public static let torchvision = ImageNormalization(
    order: .rgb, mean: [0.485 * 255, 0.456 * 255, 0.406 * 255], deviation: [0.229 * 255, 0.224 * 255, 0.225 * 255])

  /// Normalizes pictures `[batch, height, width, 3]` of red, green, blue in 0...255.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    require(
      images.shape.rank == 4 && images.shape[3] == 3,
      "ImageNormalization: expects [batch, height, width, 3]; got \(images.shape)")
    let source = order == .rgb ? [0, 1, 2] : [2, 1, 0]
    return Tensor(shape: images.shape) { out in
      images.withUnsafeBufferPointer { pixels in
        for channel in 0..<3 {
          let (mean, scale) = (mean[channel], 1 / deviation[channel])
          for index in stride(from: 0, to: pixels.count, by: 3) {
            out[index + channel] = (pixels[index + source[channel]] - mean) * scale
          }
        }
      }
    }
  }
}

import Foundation
import TesseraImaging
import TesseraTensors

/// Changes brightness, contrast, saturation and hue; see ``ColorChange``.
public struct ColorJitter: PhotometricStep {
  /// What the strength can be.
  public static let range = 0.0...1.0

  /// How far factors may lie from 1; the hue turns by up to as many quarters of the circle.
  public let strength: Double

  /// - Parameter strength: in 0...1.
  public init(_ strength: Double = 0.2) {
    require(Self.range.contains(strength), "ColorJitter: the strength must lie in 0...1; got \(strength)")
    self.strength = strength
  }

  public var word: String { "color=\(strength.shortText)" }

  public func changed(_ image: Image, random: RandomStream) -> Image {
    ColorChange(strength: strength, random: random).applied(to: image)
  }
}

/// Blurs with a Gaussian whose standard deviation is drawn between 0 and a number of pixels; the edge repeats.
public struct GaussianBlur: PhotometricStep {
  /// What the deviation can be.
  public static let range = 0.0...10.0

  /// The greatest standard deviation, in pixels.
  public let deviation: Double

  /// - Parameter deviation: in 0...10 pixels.
  public init(_ deviation: Double = 1) {
    require(Self.range.contains(deviation), "GaussianBlur: the deviation must lie in 0...10 pixels; got \(deviation)")
    self.deviation = deviation
  }

  public var word: String { "blur=\(deviation.shortText)" }

  public func changed(_ image: Image, random: RandomStream) -> Image {
    var random = random
    let deviation = random.uniform() * Float(deviation)
    let reach = Int((3 * deviation).rounded(.up))
    if reach == 0 { return image }
    var weights = (-reach...reach).map { exp(-Float($0 * $0) / (2 * deviation * deviation)) }
    let sum = weights.reduce(0, +)
    for tap in weights.indices { weights[tap] /= sum }
    return Self.blurred(image, weights)
  }

  /// The image in 8 bits, first blurred along its rows, then along its columns.
  private static func blurred(_ image: Image, _ weights: [Float]) -> Image {
    let (width, height, channels, reach) = (image.width, image.height, image.channels, weights.count / 2)
    let length = width * channels
    let pixels = image.pixels
    var line = [Float](repeating: 0, count: (width + 2 * reach) * channels)
    var rows = [Float](repeating: 0, count: height * length)
    for y in 0..<height {
      for place in line.indices {
        let (column, channel) = (place / channels - reach, place % channels)
        line[place] = Float(pixels[y * length + min(max(column, 0), width - 1) * channels + channel])
      }
      for (tap, weight) in weights.enumerated() {
        for place in 0..<length { rows[y * length + place] += weight * line[tap * channels + place] }
      }
    }
    var sums = [Float](repeating: 0, count: length)
    var blurred: [UInt8] = []
    blurred.reserveCapacity(rows.count)
    for y in 0..<height {
      for place in sums.indices { sums[place] = 0.5 }
      for (tap, weight) in weights.enumerated() {
        let start = min(max(y + tap - reach, 0), height - 1) * length
        for place in 0..<length { sums[place] += weight * rows[start + place] }
      }
      for sum in sums { blurred.append(UInt8(min(sum, 255))) }
    }
    return Image(width: width, height: height, channels: channels, pixels: blurred)
  }
}

/// Adds Gaussian noise to every sample of the image; its standard deviation is drawn between 0 and a number of levels.
public struct GaussianNoise: PhotometricStep {
  /// What the deviation can be.
  public static let range = 0.0...128.0

  /// The greatest standard deviation, in levels of 0...255.
  public let deviation: Double

  /// - Parameter deviation: in 0...128 levels.
  public init(_ deviation: Double = 8) {
    require(
      Self.range.contains(deviation), "GaussianNoise: the deviation must lie in 0...128 levels; got \(deviation)")
    self.deviation = deviation
  }

  public var word: String { "noise=\(deviation.shortText)" }

  public func changed(_ image: Image, random: RandomStream) -> Image {
    var random = random
    let deviation = random.uniform() * Float(deviation)
    let pixels = image.pixels.map { UInt8(min(max(Float($0) + random.normal() * deviation + 0.5, 0), 255)) }
    return Image(width: image.width, height: image.height, channels: image.channels, pixels: pixels)
  }
}

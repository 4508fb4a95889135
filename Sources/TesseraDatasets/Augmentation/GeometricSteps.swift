import Foundation
import TesseraImaging
import TesseraTensors

/// Mirrors half of the samples, left to right or top to bottom.
public struct Flip: GeometricStep {
  public enum Direction: Sendable { case horizontal, vertical }

  public let direction: Direction

  public init(_ direction: Direction = .horizontal) { self.direction = direction }

  public var word: String { direction == .horizontal ? "flip" : "vflip" }

  public func map(for size: ImageSize, random: RandomStream) -> CoordinateMap {
    var random = random
    let isMirrored = random.uniform() < 0.5
    return .mirrored(
      columns: isMirrored && direction == .horizontal, rows: isMirrored && direction == .vertical)
  }
}

/// Rotates around the center by up to a number of degrees, in either direction.
public struct Rotation: GeometricStep {
  /// What the number of degrees can be.
  public static let range = 0.0...180.0

  /// The greatest angle.
  public let degrees: Double

  /// - Parameter degrees: in 0...180.
  public init(_ degrees: Double = 10) {
    require(Self.range.contains(degrees), "Rotation: the angle must lie in 0...180 degrees; got \(degrees)")
    self.degrees = degrees
  }

  public var word: String { "rotate=\(degrees.shortText)" }

  public func map(for size: ImageSize, random: RandomStream) -> CoordinateMap {
    var random = random
    let angle = Double(random.uniform(in: -1..<1)) * degrees * .pi / 180
    let (cosine, sine) = (Float(cos(angle)), Float(sin(angle)))
    let (centerX, centerY) = (Float(size.width) / 2, Float(size.height) / 2)
    return CoordinateMap { x, y in
      let (dx, dy) = (x - centerX, y - centerY)
      return (centerX + cosine * dx + sine * dy, centerY - sine * dx + cosine * dy)
    }
  }
}

/// Bends the picture smoothly: nine points on a coarse grid move at random, and bicubic interpolation moves all pixels
/// between them (Ronneberger et al. 2015, arXiv:1505.04597, section 3.1).
public struct ElasticDeformation: GeometricStep {
  /// What the deviation can be.
  public static let range = 0.0...0.2

  /// The standard deviation of the grid's points, as a share of the picture's shorter side.
  public let deviation: Double

  /// The number of points along each side.
  private static let points = 3

  /// - Parameter deviation: in 0...0.2.
  public init(_ deviation: Double = 0.02) {
    require(
      Self.range.contains(deviation), "ElasticDeformation: the deviation must lie in 0...0.2; got \(deviation)")
    self.deviation = deviation
  }

  public var word: String { "elastic=\(deviation.shortText)" }

  public func map(for size: ImageSize, random: RandomStream) -> CoordinateMap {
    var random = random
    let length = Float(deviation) * Float(min(size.width, size.height))
    // How far the points of each row move to the side and down; the last lane is no point.
    var (across, down) = ([SIMD4<Float>](), [SIMD4<Float>]())
    for _ in 0..<Self.points {
      var (rowAcross, rowDown) = (SIMD4<Float>(repeating: 0), SIMD4<Float>(repeating: 0))
      for column in 0..<Self.points {
        rowAcross[column] = random.normal() * length
        rowDown[column] = random.normal() * length
      }
      across.append(rowAcross)
      down.append(rowDown)
    }
    let (width, height, acrossRows, downRows) = (Float(size.width), Float(size.height), across, down)
    return CoordinateMap { x, y in
      let (columns, rows) = (Self.weights(at: x / width), Self.weights(at: y / height))
      var (sumAcross, sumDown) = (SIMD4<Float>(repeating: 0), SIMD4<Float>(repeating: 0))
      for row in 0..<Self.points {
        sumAcross += rows[row] * acrossRows[row]
        sumDown += rows[row] * downRows[row]
      }
      return (x + (columns * sumAcross).sum(), y + (columns * sumDown).sum())
    }
  }

  /// The weights of the points of a line at a place in 0...1: cubic convolution (Keys 1981, a = -1/2), whose end points
  /// repeat.
  private static func weights(at place: Float) -> SIMD4<Float> {
    // What is no number is the start.
    let position = (place > 0 ? min(place, 1) : 0) * Float(points - 1)
    let first = min(Int(position), points - 2)
    let t = position - Float(first)
    let cubic = SIMD4<Float>(
      ((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t,
      (0.5 * t - 0.5) * t * t)
    var weights = SIMD4<Float>(repeating: 0)
    for tap in 0..<4 { weights[min(max(first - 1 + tap, 0), points - 1)] += cubic[tap] }
    return weights
  }
}

import TesseraImaging
import TesseraTensors

/// Where the pixels of a changed picture come from, the same for image and mask: images are interpolated bilinearly,
/// masks take the pixel that the point lies in.
///
/// Points count pixels from the upper left corner, so the center of the first pixel is (0.5, 0.5). What comes from
/// beside the picture is void, and medium gray in a photograph (0 in other pixels); if the label space has no void, the
/// picture's edge repeats.
public struct CoordinateMap: Sendable {
  /// Gives the point of the source that a point of the result shows.
  public typealias Source = @Sendable (_ x: Float, _ y: Float) -> (x: Float, y: Float)

  private enum Kind: Sendable {
    case mirrored(columns: Bool, rows: Bool)
    case anywhere(Source)
  }
  private let kind: Kind

  /// - Parameter source: gives the point of the source for each point of the result.
  public init(_ source: @escaping Source) { kind = .anywhere(source) }

  private init(_ kind: Kind) { self.kind = kind }

  /// The mirror image: left becomes right, or top becomes bottom, or both; exact.
  public static func mirrored(columns: Bool, rows: Bool) -> CoordinateMap {
    CoordinateMap(.mirrored(columns: columns, rows: rows))
  }

  private func source(in size: ImageSize) -> Source {
    switch kind {
    case .anywhere(let source): return source
    case .mirrored(let columns, let rows):
      let (width, height) = (Float(size.width), Float(size.height))
      return { x, y in (columns ? width - x : x, rows ? height - y : y) }
    }
  }

  /// The map of both changes, this one first: pixels are interpolated once.
  ///
  /// - Parameters:
  ///   - next: the change that comes after this one.
  ///   - size: of the pictures.
  public func followed(by next: CoordinateMap, in size: ImageSize) -> CoordinateMap {
    if case (.mirrored(let columns, let rows), .mirrored(let nextColumns, let nextRows)) = (kind, next.kind) {
      return .mirrored(columns: columns != nextColumns, rows: rows != nextRows)
    }
    let (first, second) = (source(in: size), next.source(in: size))
    return CoordinateMap { x, y in
      let point = second(x, y)
      return first(point.x, point.y)
    }
  }

  /// Moves the pixels of image and mask.
  public func applied(to sample: Sample) -> Sample {
    let size = ImageSize(width: sample.mask.width, height: sample.mask.height)
    switch kind {
    case .mirrored(columns: false, rows: false): return sample
    case .mirrored(columns: true, rows: false):
      var flipped = sample
      flipped.pixels = sample.pixels.flippedHorizontally()
      flipped.mask = sample.mask.flippedHorizontally()
      flipped.padding = sample.padding?.flippedHorizontally()
      return flipped
    case .mirrored, .anywhere: return SourcePoints(source(in: size), for: sample).moved(sample)
    }
  }
}

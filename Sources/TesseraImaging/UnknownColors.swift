/// The colors of a picture that belong to no class: all of them, and where the first is.
public struct UnknownColors: Sendable, Equatable {
  /// One color, the number of pixels that have it, and the first of them, row by row.
  public struct Count: Sendable, Equatable {
    public let color: Color
    public let pixels: Int
    public let x: Int
    public let y: Int
    /// The most similar color that a class has; `nil` if none has one.
    public let nearest: Nearest?
  }

  /// A class by its color.
  public struct Nearest: Sendable, Equatable {
    public let color: Color
    public let name: String
  }

  /// The colors, most frequent first.
  public let counts: [Count]

  /// - Parameters:
  ///   - found: the colors, at least one: the number of pixels of each, and the index of its first pixel, row by row.
  ///   - width: the picture's.
  ///   - nearest: the class with the most similar color.
  init(_ found: [Color: (pixels: Int, first: Int)], width: Int, nearest: (Color) -> Nearest?) {
    let order = found.sorted { ($1.value.pixels, $0.value.first) < ($0.value.pixels, $1.value.first) }
    counts = order.map { color, place in
      Count(
        color: color, pixels: place.pixels, x: place.first % width, y: place.first / width, nearest: nearest(color))
    }
  }

  /// What to do.
  var advice: String {
    counts.count > 256
      ? "so many colors suggest a picture that was not meant as a mask, or one scaled or compressed with loss"
      : "assign each of them to a class, or correct the picture"
  }
}

import Tessera

/// The classes of a mask with their shares, as JSON.
struct MaskSummary: Codable, Equatable {
  struct Class: Codable, Equatable {
    let index: Int
    let name: String
    let color: String
    let pixels: Int
    /// Of all pixels, in 0...1.
    let share: Double
  }

  let width: Int
  let height: Int
  /// Those that occur, the largest first.
  let classes: [Class]

  init(of mask: Mask) {
    width = mask.width
    height = mask.height
    let labels = mask.labelSpace
    classes = mask.histogram.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { index, pixels in
      Class(
        index: index, name: labels.name(of: index), color: labels.color(of: index).description, pixels: pixels,
        share: Double(pixels) / Double(mask.indices.count))
    }
  }
}

import TesseraDatasets
import TesseraImaging
import TesseraTensors

/// Drawn landscapes and streets with exact masks: the data set that needs no download.
///
/// Ten classes (sky, cloud, mountain, grass, water, road, building, tree, car, person) under changing light, with
/// texture, shading, occlusion, haze and sensor noise. A scene depends only on the seed and its index, and is drawn at
/// the requested size, never resampled.
///
/// ```swift
/// let scenes = SyntheticScenes(count: 400, width: 128, height: 128, seed: 1234)
/// let sample = try scenes.sample(at: 7)     // the same picture on every machine and in every run
/// ```
public struct SyntheticScenes: SegmentationDataset {
  /// The number of scenes.
  public let count: Int
  public let width: Int
  public let height: Int
  /// Ten classes, and void if there are outlines.
  public let labelSpace: LabelSpace
  private let stream: RandomStream

  /// - Parameters:
  ///   - count: the number of scenes; scene k is the same in a longer set.
  ///   - width: the width of `sample(at:)` in pixels; width over height is the scenes' aspect ratio at every size.
  ///   - height: the height of `sample(at:)` in pixels.
  ///   - seed: different seeds share no scenes.
  ///   - outlines: the value of pixels where two classes meet, which is then void: in real masks these are seldom
  ///     reliable. `nil` leaves them to their classes, so every pixel has a class.
  public init(count: Int, width: Int = 128, height: Int = 128, seed: UInt64 = 1234, outlines: UInt16? = nil) {
    require(count >= 0, "SyntheticScenes: the count must not be negative; got \(count)")
    require(width > 0 && height > 0, "SyntheticScenes: the size must be positive; got \(width) x \(height)")
    self.count = count
    self.width = width
    self.height = height
    require(
      outlines.map { $0 >= SceneClass.allCases.count } ?? true,
      "SyntheticScenes: outlines must have a value of their own, beyond the \(SceneClass.allCases.count) classes; "
        + "got \(outlines ?? 0)")
    labelSpace = LabelSpace(classes: SceneClass.labelSpace.classes, void: outlines.map(Int.init))
    stream = RandomStream(seed: seed).derived("synthetic scenes")
  }

  /// Scene `index` at the size of the set.
  public func sample(at index: Int) -> Sample { sample(at: index, width: width, height: height) }

  /// Scene `index` drawn at this size.
  public func sample(at index: Int, width: Int, height: Int) -> Sample {
    require(index >= 0 && index < count, "SyntheticScenes: there is no scene \(index) among \(count)")
    require(width > 0 && height > 0, "SyntheticScenes: the size must be positive; got \(width) x \(height)")
    let scene = Scene(random: stream.derived("scene", index), aspect: Float(self.width) / Float(self.height))
    let (image, mask) = scene.drawn(width: width, height: height)
    return Sample(name: "scene \(index)", image: image, mask: labelSpace.void == nil ? mask : outlined(mask))
  }

  /// Returns the mask with void wherever the neighbor to the right or below has a different class.
  private func outlined(_ mask: Mask) -> Mask {
    var indices = mask.indices
    for pixel in indices.indices {
      let (row, column) = (pixel / mask.width, pixel % mask.width)
      let right = column + 1 < mask.width ? mask.indices[pixel + 1] : mask.indices[pixel]
      let below = row + 1 < mask.height ? mask.indices[pixel + mask.width] : mask.indices[pixel]
      if right != mask.indices[pixel] || below != mask.indices[pixel] {
        indices[pixel] = UInt16(labelSpace.void ?? 0)
      }
    }
    return Mask(width: mask.width, height: mask.height, indices: indices, labelSpace: labelSpace)
  }
}

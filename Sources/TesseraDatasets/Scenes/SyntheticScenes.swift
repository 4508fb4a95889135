import TesseraImaging
import TesseraTensors

/// Drawn landscapes and streets with exact masks: the data set that needs no download.
///
/// Ten classes (sky, cloud, mountain, grass, water, road, building, tree, car, person) under changing light, with
/// texture, shading, occlusion, haze and sensor noise. A scene depends on the seed and its index only, and is drawn at
/// the size that is asked for, never resampled.
///
/// ```swift
/// let scenes = SyntheticScenes(count: 400, width: 128, height: 128, seed: 1234)
/// let sample = try scenes.sample(at: 7)     // the same picture on every machine and in every run
/// ```
public struct SyntheticScenes: SegmentationDataset {
  /// How many scenes there are.
  public let count: Int
  public let width: Int
  public let height: Int
  private let stream: RandomStream

  /// - Parameters:
  ///   - count: the number of scenes; scene k is the same in a longer set.
  ///   - width: the width of `sample(at:)` in pixels; width over height is the scenes' aspect at every size.
  ///   - height: the height of `sample(at:)` in pixels.
  ///   - seed: two seeds share no scene.
  public init(count: Int, width: Int = 128, height: Int = 128, seed: UInt64 = 1234) {
    require(count >= 0, "SyntheticScenes: the count must not be negative; got \(count)")
    require(width > 0 && height > 0, "SyntheticScenes: the size must be positive; got \(width) x \(height)")
    self.count = count
    self.width = width
    self.height = height
    stream = RandomStream(seed: seed).derived("synthetic scenes")
  }

  /// Ten classes, no void: every pixel is something.
  public var labelSpace: LabelSpace { SceneClass.labelSpace }

  /// Scene `index` at the size of the set.
  public func sample(at index: Int) -> Sample { sample(at: index, width: width, height: height) }

  /// Scene `index` drawn at this size.
  public func sample(at index: Int, width: Int, height: Int) -> Sample {
    require(index >= 0 && index < count, "SyntheticScenes: there is no scene \(index) among \(count)")
    require(width > 0 && height > 0, "SyntheticScenes: the size must be positive; got \(width) x \(height)")
    let scene = Scene(random: stream.derived("scene", index), aspect: Float(self.width) / Float(self.height))
    let (image, mask) = scene.drawn(width: width, height: height)
    return Sample(name: "scene \(index)", image: image, mask: mask)
  }
}

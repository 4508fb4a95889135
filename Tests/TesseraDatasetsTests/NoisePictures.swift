import TesseraDatasets
import TesseraImaging
import TesseraTensors

/// Pictures of noise of several sizes, whose masks have blocks of four classes and void.
struct NoisePictures: SegmentationDataset {
  static let sizes = [
    ImageSize(width: 61, height: 37), ImageSize(width: 20, height: 44), ImageSize(width: 48, height: 48),
  ]

  let labelSpace: LabelSpace
  let count = NoisePictures.sizes.count

  init(void: Int? = 255) { labelSpace = LabelSpace(names: ["a", "b", "c", "d"], void: void) }

  func sample(at index: Int) -> Sample {
    let size = Self.sizes[index]
    var random = RandomStream(seed: 11).derived("noise", index)
    let pixels = (0..<size.pixels * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let columns = size.width / 5 + 1
    let classes = (0..<columns * (size.height / 5 + 1)).map { _ in random.index(below: 5) }
    let indices = (0..<size.pixels).map { pixel in
      let kind = classes[pixel / size.width / 5 * columns + pixel % size.width / 5]
      return UInt16(kind < 4 ? kind : labelSpace.void ?? 0)
    }
    return Sample(
      name: "noise \(index)", image: Image(width: size.width, height: size.height, channels: 3, pixels: pixels),
      mask: Mask(width: size.width, height: size.height, indices: indices, labelSpace: labelSpace))
  }

  func sample(at index: Int, width: Int, height: Int) -> Sample {
    let sample = sample(at: index)
    return Sample(
      name: sample.name, image: sample.image.resized(toWidth: width, height: height),
      mask: sample.mask.resized(toWidth: width, height: height))
  }
}

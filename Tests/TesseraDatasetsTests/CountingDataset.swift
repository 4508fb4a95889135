import Synchronization
import TesseraDatasets
import TesseraImaging

/// Samples that tell who they are: pixels and classes follow from the sample's index and the column. Counts its reads.
final class CountingDataset: SegmentationDataset {
  struct BadSample: Error, Equatable, CustomStringConvertible {
    let index: Int
    var description: String { "sample-\(index).jpg is damaged" }
  }

  let count: Int
  let labelSpace: LabelSpace
  private let badSamples: Set<Int>
  private let state = Mutex((reads: 0, sizes: Set<ImageSize>()))

  init(count: Int, void: Int? = nil, badSamples: Set<Int> = []) {
    self.count = count
    self.badSamples = badSamples
    labelSpace = LabelSpace(names: (0..<64).map { "class \($0)" }, void: void)
  }

  var reads: Int { state.withLock { $0.reads } }
  var sizes: Set<ImageSize> { state.withLock { $0.sizes } }

  func sample(at index: Int) throws -> Sample { try sample(at: index, width: 16, height: 8) }

  /// The class is the column's sixteenth of the picture; red shows it, green the sample, blue the row's eighth.
  func sample(at index: Int, width: Int, height: Int) throws -> Sample {
    state.withLock { state in
      state.reads += 1
      state.sizes.insert(ImageSize(width: width, height: height))
    }
    if badSamples.contains(index) { throw BadSample(index: index) }
    var pixels: [UInt8] = []
    var indices: [UInt16] = []
    for row in 0..<height {
      for column in 0..<width {
        let kind = 1 + column * 16 / width
        pixels += [UInt8(kind * 10), UInt8(truncatingIfNeeded: index), UInt8(row * 8 / height)]
        indices.append(UInt16(kind))
      }
    }
    return Sample(
      name: "sample \(index)", image: Image(width: width, height: height, channels: 3, pixels: pixels),
      mask: Mask(width: width, height: height, indices: indices, labelSpace: labelSpace))
  }
}

import TesseraDatasets
import TesseraImaging
import TesseraTensors

/// Drawn pixels of any number of channels: channel c of a pixel is 100 c + its class, plus what the data set draws.
struct ChannelDataset: FingerprintedDataset {
  let channels: Int
  let count: Int
  var fingerprint: UInt64 = 7
  var draws = false
  let labelSpace = LabelSpace(names: ["a", "b", "c"], void: 255)

  func name(at index: Int) -> String { "scan \(index)" }

  func sample(at index: Int) -> Sample { sample(at: index, width: 8, height: 6) }

  func sample(at index: Int, width: Int, height: Int) -> Sample {
    sample(at: index, width: width, height: height, noise: 0)
  }

  func sample(at index: Int, width: Int, height: Int, random: RandomStream) -> Sample {
    var random = random
    return sample(at: index, width: width, height: height, noise: draws ? random.uniform() : 0)
  }

  private func sample(at index: Int, width: Int, height: Int, noise: Float) -> Sample {
    let kinds = (0..<width * height).map { ($0 % width * 3 / width + index) % 3 }
    let numbers = kinds.flatMap { kind in (0..<channels).map { Float(100 * $0 + kind) + noise } }
    return Sample(
      name: name(at: index), pixels: Pixels(Tensor(numbers, shape: [height, width, channels])),
      mask: Mask(width: width, height: height, indices: kinds.map(UInt16.init), labelSpace: labelSpace))
  }
}

import TesseraImaging
import TesseraTensors

/// Some samples of a data set in any order; reads nothing itself.
public struct DatasetSubset: SegmentationDataset {
  public let base: any SegmentationDataset

  /// Entry k is the index in `base` of sample k.
  public let indices: [Int]

  /// - Parameters:
  ///   - base: the data set that the samples come from.
  ///   - indices: indices of samples of `base`; they may repeat.
  public init(of base: any SegmentationDataset, indices: [Int]) {
    for index in indices {
      require(index >= 0 && index < base.count, "DatasetSubset: there is no sample \(index) among \(base.count)")
    }
    self.base = base
    self.indices = indices
  }

  public var labelSpace: LabelSpace { base.labelSpace }
  public var count: Int { indices.count }

  public func sample(at index: Int) throws -> Sample { try base.sample(at: indices[index]) }

  public func sample(at index: Int, width: Int, height: Int) throws -> Sample {
    try base.sample(at: indices[index], width: width, height: height)
  }

  public func sample(at index: Int, width: Int, height: Int, random: RandomStream) throws -> Sample {
    try base.sample(at: indices[index], width: width, height: height, random: random)
  }

  public func sample(at index: Int, scaledTo size: ScaledSize) throws -> Sample {
    try base.sample(at: indices[index], scaledTo: size)
  }

  public func sample(at index: Int, scaledTo size: ScaledSize, random: RandomStream) throws -> Sample {
    try base.sample(at: indices[index], scaledTo: size, random: random)
  }
}

extension SegmentationDataset {
  /// The samples at `indices`, in that order.
  public func subset(_ indices: some Sequence<Int>) -> DatasetSubset {
    DatasetSubset(of: self, indices: Array(indices))
  }

  /// The first `length` samples, or all if there are fewer.
  public func prefix(_ length: Int) -> DatasetSubset { subset(0..<Swift.min(length, count)) }

  /// Splits the data set into two parts without common samples: `fraction` of the samples, chosen by the seed, for
  /// validation, and the rest for training, both in the data set's order. Needs at least two samples, so that neither
  /// part is empty.
  public func holdingOut(_ fraction: Double, seed: UInt64) -> (training: DatasetSubset, validation: DatasetSubset) {
    let parts = HoldOut.indices(of: count, fraction: fraction, seed: seed)
    return (subset(parts.training), subset(parts.validation))
  }
}

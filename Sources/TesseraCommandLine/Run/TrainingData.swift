import Foundation
import Tessera

/// The training and validation data that the options name.
public struct TrainingData {
  public let training: any SegmentationDataset
  public let validation: any SegmentationDataset
  public let labelSpace: LabelSpace
  /// The label space of official metrics: void as the layout has it, even where the run counts every value.
  public let metricSpace: LabelSpace

  /// A checksum of the names and sizes of all files; of built-in scenes there are none.
  public let files: String

  /// How many scenes there are to train and to validate on where no folder is named.
  static let sceneCounts = (training: 500, validation: 100)

  public init(_ options: TrainingOptions) throws {
    let choice = options.void?.choice ?? .layoutDefault
    guard let path = options.data else {
      func scenes(_ split: DatasetSplit) -> any SegmentationDataset {
        Self.scenes(split, imageSize: options.imageSize, void: choice, seed: options.seed)
      }
      training = scenes(.training)
      validation = scenes(.validation)
      (labelSpace, metricSpace) = (training.labelSpace, training.labelSpace)
      files = "none"
      return
    }
    let folder = try DatasetFolder(at: path, void: choice)
    let (trainingFiles, validationFiles) = (
      try folder.dataset(.training, seed: options.seed), try folder.dataset(.validation, seed: options.seed)
    )
    files = Self.checksum(of: trainingFiles.files + validationFiles.files)
    func dataset(
      _ dataset: FolderDataset, _ split: DatasetSplit, _ augmentation: Augmentation
    ) throws -> any SegmentationDataset {
      guard let cache = options.cache else { return dataset.cached() }
      let size = augmentation.readSize(for: ImageSize(options.imageSize))
      return try cached(dataset, at: "\(cache)/\(folder.cacheName(split, size: size, seed: options.seed))", size: size)
    }
    training = try dataset(trainingFiles, .training, options.augmentation)
    validation = try dataset(validationFiles, .validation, .none)
    labelSpace = folder.labelSpace
    metricSpace =
      choice == .none
      ? LabelSpace(classes: labelSpace.classes, void: folder.layout.defaultVoid) : labelSpace
  }

  /// The built-in scenes of one split, drawn for pictures of `imageSize`.
  public static func scenes(
    _ split: DatasetSplit, imageSize: Int, void: VoidChoice, seed: UInt64
  ) -> any SegmentationDataset {
    let counts = sceneCounts
    let scenes = SyntheticScenes(
      count: counts.training + counts.validation, width: imageSize, height: imageSize, seed: seed)
    let part = split == .training ? 0..<counts.training : counts.training..<scenes.count
    guard case .value(let void) = void else { return scenes.subset(part) }
    return Relabeled(scenes.subset(part), labelSpace: LabelSpace(classes: scenes.labelSpace.classes, void: void))
  }
}

extension TrainingData {
  /// Tells a data set from another, wherever it lies: the names and sizes of its files.
  private static func checksum(of files: [FolderDataset.Files]) -> String {
    var checksum = CRC32()
    for file in files {
      let sizes = [file.image, file.mask].map { path -> Int in
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
      }
      checksum.add(Array("\(file.name) \(sizes)\n".utf8))
    }
    return checksum.text
  }
}

/// A data set whose masks are read with another void value.
private struct Relabeled: SegmentationDataset {
  let base: any SegmentationDataset
  let labelSpace: LabelSpace

  init(_ base: any SegmentationDataset, labelSpace: LabelSpace) {
    self.base = base
    self.labelSpace = labelSpace
  }

  var count: Int { base.count }
  func sample(at index: Int) throws -> Sample { relabeled(try base.sample(at: index)) }

  func sample(at index: Int, width: Int, height: Int) throws -> Sample {
    relabeled(try base.sample(at: index, width: width, height: height))
  }

  private func relabeled(_ sample: Sample) -> Sample {
    var sample = sample
    let mask = sample.mask
    sample.mask = Mask(width: mask.width, height: mask.height, indices: mask.indices, labelSpace: labelSpace)
    return sample
  }
}

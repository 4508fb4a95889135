import Foundation
import Tessera
import TesseraInspection

/// The training and validation data that the options name.
package struct TrainingData {
  package let training: any SegmentationDataset
  package let validation: any SegmentationDataset
  package let labelSpace: LabelSpace
  /// The label space of official metrics: void as the layout has it, even where the run counts every value.
  package let metricSpace: LabelSpace

  /// A checksum of the names and sizes of all files; built-in scenes have none.
  package let files: String

  /// What was found in all files; for built-in scenes, nothing.
  let record: DataRecord?

  /// What a flat folder holds out.
  let heldOut: HeldOutPictures?

  /// What lists divide.
  let listed: ListedPictures?
  /// The size of the validation picture with the most pixels; of built-in scenes it need not be known.
  let largestValidation: ImageSize?

  /// The number of channels that a network sees.
  let channels: Int

  /// Of the training masks at their own sizes; `nil` of built-in scenes, until it is asked for.
  private let survey: DatasetSurvey?

  /// What the data is, in lines for people.
  let description: [String]

  /// What is probably unintended, one sentence each.
  let warnings: [String]

  /// The number of scenes to train and to validate on where no folder is named.
  static let sceneCounts = (training: 500, validation: 100)

  /// Opens the data and checks every file before anything is trained.
  ///
  /// - Parameters:
  ///   - options: which data.
  ///   - earlier: what an earlier run found in the files: those that have not changed are not read again.
  /// - Throws: `DatasetError` with all files that cannot be used, or what opening the folder throws.
  init(_ options: TrainingOptions, knowing earlier: DataRecord? = nil) throws {
    let choice = options.void ?? .layoutDefault
    guard let path = options.data else {
      func scenes(_ split: DatasetSplit) -> any SegmentationDataset {
        Self.scenes(
          split, imageSize: options.imageSize, void: choice, hasVoidOutput: options.hasVoidOutput, seed: options.seed)
      }
      training = scenes(.training)
      validation = scenes(.validation)
      (labelSpace, metricSpace) = (training.labelSpace, training.labelSpace)
      (files, record, heldOut, listed, largestValidation, description, warnings) = ("none", nil, nil, nil, nil, [], [])
      (channels, survey) = (3, nil)
      return
    }
    let store = options.cache.map { SurveyFile(of: path, in: $0) }
    let surveyor = DataSurveyor(of: path, and: options.addData, knowing: earlier ?? store?.record ?? DataRecord())
    var folder = try DatasetFolder.open(path, options, void: choice, surveyor: surveyor)
    if !options.hasVoidOutput { folder = folder.withoutVoidOutput }
    let (trainingFiles, validationFiles) = (
      try folder.dataset(.training, seed: options.seed), try folder.dataset(.validation, seed: options.seed)
    )
    let progress = CountingLine("checked", of: trainingFiles.count + validationFiles.count)
    let surveys = try DatasetSurvey.surveys(
      of: [trainingFiles, validationFiles], by: surveyor, progress: progress.show)
    store?.write(surveyor.record)
    if options.framing.pads && folder.labelSpace.void == nil { throw TrainingDataError.noVoid(options.framing) }
    if surveys[0].countedClasses(of: folder.labelSpace).isEmpty {
      throw TrainingDataError.allVoid(folder.labelSpace.void ?? 0)
    }
    files = Self.checksum(of: trainingFiles.files + validationFiles.files, by: surveyor)
    record = surveyor.record
    heldOut = try folder.heldOut(seed: options.seed)
    listed = options.listWords.map { ListedPictures(words: $0, training: trainingFiles, validation: validationFiles) }
    (channels, survey) = (surveys[0].channels, surveys[0])
    largestValidation = surveys[1].sizes.keys.max { $0.pixels < $1.pixels }
    func dataset(
      _ dataset: FolderDataset, _ split: DatasetSplit, _ augmentation: Augmentation
    ) throws -> any SegmentationDataset {
      guard let cache = options.cache else { return dataset.cached() }
      let size = augmentation.readSize(for: options.imageSize, framing: options.framing)
      return try cached(
        dataset, at: "\(cache)/\(folder.cacheName(split, scaledTo: size, seed: options.seed))", size: size)
    }
    training = try dataset(trainingFiles, .training, options.augmentation)
    validation = try dataset(validationFiles, .validation, .none)
    labelSpace = folder.labelSpace
    metricSpace =
      choice == .none
      ? LabelSpace(classes: labelSpace.classes, void: folder.defaultVoid) : labelSpace
    description =
      DataDescription(
        name: URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent, layout: folder.layoutLine(options),
        training: surveys[0], validation: surveys[1], labelSpace: labelSpace
      ).lines
    var warnings = DataWarnings(
      [("training", surveys[0]), ("validation", surveys[1])], labelSpace: labelSpace,
      namesClasses: folder.namesClasses)
    warnings.add(
      training: surveys[0], validation: surveys[1],
      twins: validationFiles.twins(in: trainingFiles, by: surveyor), imageSize: options.imageSize,
      framing: options.framing)
    let unchanged =
      channels == 3 || options.augmentation != .standard
      ? [] : ["--augmentation standard changes no colors of pictures with \(channels) channels, only their geometry"]
    self.warnings = try folder.leftOut().map(\.description) + folder.notes + warnings.lines + unchanged
  }

  /// How much of each class the training masks hold.
  func trainingSurvey() throws -> DatasetSurvey { try survey ?? DatasetSurvey(of: training) }

  /// What must be the same for all ranks of a run.
  var likeness: (what: String, value: String) {
    ("its data", "\(training.count) + \(validation.count) pictures (\(record?.contents ?? files))")
  }

  /// What the run's checkpoints record about the data besides the classes.
  var notes: [String: String] {
    [HeldOutPictures.note: heldOut?.text, ListedPictures.note: listed?.text].compactMapValues(\.self)
  }

  /// The built-in scenes of one split, drawn for pictures of `imageSize`.
  package static func scenes(
    _ split: DatasetSplit, imageSize: ImageSize, void: VoidChoice, hasVoidOutput: Bool = true, seed: UInt64
  ) -> any SegmentationDataset {
    let counts = sceneCounts
    let scenes = SyntheticScenes(
      count: counts.training + counts.validation, width: imageSize.width, height: imageSize.height, seed: seed)
    let part = split == .training ? 0..<counts.training : counts.training..<scenes.count
    guard case .value(let void) = void else { return scenes.subset(part) }
    let labelSpace = LabelSpace(classes: scenes.labelSpace.classes, void: void, hasVoidOutput: hasVoidOutput)
    return Relabeled(scenes.subset(part), labelSpace: labelSpace)
  }
}

extension TrainingData {
  /// Identifies a data set wherever it is: the names and sizes of its files.
  private static func checksum(of files: [FolderDataset.Files], by surveyor: DataSurveyor) -> String {
    var checksum = CRC32()
    for file in files {
      let sizes = [file.image, file.mask].map { surveyor.findings(of: $0)?.stamp.length ?? 0 }
      checksum.add(Array("\(file.name) \(sizes)\n".utf8))
    }
    return checksum.text
  }
}

/// Data that nothing can be learned from.
package enum TrainingDataError: Error, CustomStringConvertible, LocalizedError, Equatable {
  case allVoid(Int)
  /// The framing pads with void, and there is none.
  case noVoid(Framing)
  /// The pictures have another number of channels than a network that exists.
  case otherChannels(Int, network: Int)

  package var description: String {
    switch self {
    case .allVoid(let void):
      "every pixel of the training masks is \(void), which is void: nothing can be learned; give --void none or another "
        + "--void, or check the masks"
    case .otherChannels(let channels, let network):
      "the pictures have \(channels) channels, but the network that the run continues with or begins from sees \(network); "
        + "train a new one, or give it pictures like its own"
    case .noVoid(let framing):
      "--framing \(framing) fills what lies beside a picture with void, but with --void none every value counts; give a "
        + "--void value that is no class, or --framing stretch"
    }
  }
  package var errorDescription: String? { description }
}

/// Keeps what was found in the files of a data set between runs, next to its caches.
private struct SurveyFile {
  private let path: String

  init(of folder: String, in cache: String) {
    let folder = URL(fileURLWithPath: folder).standardizedFileURL
    var checksum = CRC32()
    checksum.add(Array(folder.path.utf8))
    path = "\(cache)/\(folder.lastPathComponent)-survey-\(checksum.text).jsonl"
  }

  /// `nil` if there is none, or it cannot be read: the files are then read.
  var record: DataRecord? { try? DataRecord(contentsOf: path) }

  /// A record that cannot be written costs the next run a few seconds, and is no reason to end this one.
  func write(_ record: DataRecord) {
    try? makeOutputFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    try? record.write(to: path)
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

  func sample(at index: Int, scaledTo size: ScaledSize) throws -> Sample {
    relabeled(try base.sample(at: index, scaledTo: size))
  }

  private func relabeled(_ sample: Sample) -> Sample {
    var sample = sample
    let mask = sample.mask
    sample.mask = Mask(width: mask.width, height: mask.height, indices: mask.indices, labelSpace: labelSpace)
    return sample
  }
}

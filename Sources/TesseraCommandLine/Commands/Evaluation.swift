import Foundation
import Tessera
import TesseraFiles

/// Compares predicted masks with a data set's, one picture after another.
struct Evaluation {
  private let data: EvaluatedData
  private let predictor: Predictor?
  private let folder: String?
  private let boundaryShare: Double

  /// - Parameter boundaryShare: the share of a picture's diagonal that is near a contour.
  /// - Throws: `EvaluationError` if predictions are missing.
  init(
    _ data: EvaluatedData, predictor: Predictor?, predictions folder: String?, boundaryShare: Double
  ) throws {
    self.data = data
    self.boundaryShare = boundaryShare
    self.predictor = predictor
    self.folder = folder
    if let folder {
      guard isFolder(folder) else { throw EvaluationError.noFolder(folder) }
      let missing = data.dataset.files.filter { Self.prediction(for: $0, in: folder) == nil }.map { "\($0.name).png" }
      guard missing.isEmpty else { throw EvaluationError.missingPredictions(folder: folder, missing) }
    }
  }

  /// The prediction's file: named like the annotation, or as `tessera predict` names it.
  private static func prediction(for files: FolderDataset.Files, in folder: String) -> String? {
    [".png", ".mask.png"].map { "\(folder)/\(files.name)\($0)" }.first(where: FileManager.default.fileExists)
  }

  /// What was counted.
  struct Outcome {
    var matrix: ConfusionMatrix
    var kerasAccuracy = KerasAccuracy()
    var boundaries: BoundaryIoU
    var pictures: [PictureScores] = []

    mutating func add(_ index: Int, name: String, predicted: Mask, largestOutputs: Mask, truth: Mask) {
      matrix.add(predicted: predicted, truth: truth)
      kerasAccuracy.add(largestOutputs: largestOutputs, truth: truth)
      var counts = ClassCounts(matrix.labelSpace)
      counts.add(predicted: predicted, truth: truth)
      var near = BoundaryIoU(matrix.labelSpace, share: boundaries.share)
      near.add(predicted: predicted, truth: truth)
      boundaries += near
      pictures.append(PictureScores(index, name: name, truth: truth, counts: counts, boundaries: near))
    }
  }

  /// - Parameters:
  ///   - first: the first picture that is looked at.
  ///   - stride: every how many there is another one.
  func run(from first: Int = 0, every stride: Int = 1) throws -> Outcome {
    let dataset = data.dataset
    var outcome = Outcome(
      matrix: ConfusionMatrix(data.labelSpace), boundaries: BoundaryIoU(data.labelSpace, share: boundaryShare))
    let progress = CountingLine("evaluated", of: dataset.count)
    var seen = predictor.map(WholePictures.init)
    for (index, files) in dataset.files.enumerated() where index % stride == first {
      if let predictor {
        let sample = try dataset.sample(at: index)
        try predictor.requireChannels(of: sample.pixels, in: files.image)
        let truth = data.truth(of: sample.mask)
        if let note = seen?.note(on: sample.image) {
          progress.clear()
          Notice.note.write(note)
          progress.show(index)
        }
        let prediction = predictor.prediction(for: sample.pixels) { progress.show(index, part: $0, of: $1, "tile") }
        outcome.add(
          index, name: files.name, predicted: prediction.mask, largestOutputs: prediction.largestOutputs, truth: truth)
      } else if let folder, let path = Self.prediction(for: files, in: folder) {
        let truth = try dataset.mask(at: index)
        let predicted = try Mask(contentsOf: path, labelSpace: dataset.labelSpace)
        guard predicted.width == truth.width, predicted.height == truth.height else {
          throw EvaluationError.differentSize(
            path, "\(predicted.width) x \(predicted.height)", "\(truth.width) x \(truth.height)")
        }
        outcome.add(index, name: files.name, predicted: predicted, largestOutputs: predicted, truth: truth)
      }
      progress.show(index + 1)
    }
    return outcome
  }
}

extension Predictor {
  /// - Throws: `EvaluationError` if the network sees another number of channels than the pixels have.
  func requireChannels(of pixels: Pixels, in path: String) throws(EvaluationError) {
    let network = model.normalization.channels
    if pixels.channels != network { throw .otherChannels(path, pixels.channels, network: network) }
  }
}

extension Evaluation {
  /// What a rank has counted.
  private struct Counts: Codable {
    let counts, predictedVoid: [Int]
    let right, pixels: Int
    let nearPixels, nearPredicted, nearRight: [Int]
    let pictures: [PictureScores]

    init(_ outcome: Outcome) {
      let near = outcome.boundaries.counts
      (nearPixels, nearPredicted, nearRight) = (near.pixels, near.predicted, near.right)
      pictures = outcome.pictures
      (counts, predictedVoid) = (outcome.matrix.counts, outcome.matrix.predictedVoid)
      (right, pixels) = (outcome.kerasAccuracy.right, outcome.kerasAccuracy.pixels)
    }
  }

  /// The same by several ranks: each looks at its share of the pictures, and all get the sums.
  func run(sharedBy ranks: Ranks) throws -> Outcome {
    let group = ranks.group
    let own = Result {
      try ComputeContext.$current.withValue(ComputeContext(threads: ranks.threads)) {
        Counts(try run(from: group.rank, every: group.rankCount))
      }
    }
    let all = try group.agree(on: own)
    var matrix = ConfusionMatrix(data.labelSpace)
    var near = ClassCounts(data.labelSpace)
    for part in all {
      matrix += ConfusionMatrix(data.labelSpace, counts: part.counts, predictedVoid: part.predictedVoid)
      near += ClassCounts(
        data.labelSpace, pixels: part.nearPixels, predicted: part.nearPredicted, right: part.nearRight)
    }
    return Outcome(
      matrix: matrix,
      kerasAccuracy: KerasAccuracy(
        right: all.reduce(0) { $0 + $1.right }, pixels: all.reduce(0) { $0 + $1.pixels }),
      boundaries: BoundaryIoU(near, share: boundaryShare), pictures: all.flatMap(\.pictures))
  }
}

/// Why predictions cannot be compared with a data set.
enum EvaluationError: Error, CustomStringConvertible, LocalizedError, Equatable {
  case differentClasses(checkpoint: String, Int, data: Int)
  /// What differs index by index, and the names that only one of the two has.
  case otherClasses(checkpoint: String, [String], onlyInData: [String], onlyInCheckpoint: [String])
  case noFolder(String)
  case missingPredictions(folder: String, [String])
  case differentSize(String, String, String)
  case otherChannels(String, Int, network: Int)

  var description: String {
    switch self {
    case .differentClasses(let checkpoint, let own, let data):
      "\(checkpoint) was trained with \(own) classes, but the data set has \(data); use the data it was trained for"
    case .otherClasses(let checkpoint, let differences, let data, let own):
      "\(checkpoint) was trained for other classes than the data set names: "
        + Self.difference(differences, onlyInData: data, onlyInCheckpoint: own)
        + "; use the data it was trained for, or name the classes in classes.txt as it does"
    case .noFolder(let folder): "there is no folder \(folder); name the one with the predictions"
    case .missingPredictions(let folder, let names):
      "\(folder) lacks \(names.count) predictions: \(names.prefix(5).joined(separator: ", "))"
        + "\(names.count > 5 ? ", ..." : ""); name them like the annotations"
    case .otherChannels(let path, let channels, let network):
      "\(path) has \(channels) channels, but the network sees \(network); give it pictures like those it was trained on"
    case .differentSize(let path, let own, let truth):
      "\(path) is \(own), but its annotation is \(truth); write predictions at the annotation's own size"
    }
  }
  var errorDescription: String? { description }

  /// The first difference, and how many there are. A renamed class moves others where classes are in the order of their
  /// names: then only names say what happened.
  private static func difference(_ all: [String], onlyInData: [String], onlyInCheckpoint: [String]) -> String {
    func first(of words: [String], _ shown: (String) -> String) -> String {
      (words.first.map(shown) ?? "") + (words.count > 1 ? " and \(words.count - 1) more" : "")
    }
    let isMoved = all.count > max(onlyInData.count, onlyInCheckpoint.count)
    guard isMoved, !onlyInData.isEmpty, !onlyInCheckpoint.isEmpty else { return first(of: all) { $0 } }
    return "only the data set has " + first(of: onlyInData) { "\"\($0)\"" } + ", only the checkpoint "
      + first(of: onlyInCheckpoint) { "\"\($0)\"" }
  }
}

import Foundation
import Tessera
import TesseraReports

/// A run whose pictures are reviewed, and its network.
struct ReviewedRun {
  let name: String
  let checkpoint: String
  let data: String
  let predictor: Predictor
  /// The run's pictures by split.
  let parts: [(split: DatasetSplit, data: EvaluatedData)]

  /// - Parameters:
  ///   - folder: the run's.
  ///   - data: where its data are now; `nil` if where they were.
  ///   - checkpoint: the network's file; `nil` for the best of the run.
  ///   - prediction: how pictures are predicted.
  /// - Throws: `ReviewError`, what reading the run and its checkpoint throws, and what is wrong with the data.
  init(_ folder: String, data moved: String?, checkpoint file: String?, prediction: PredictionOptions) throws {
    let run = try RunRecord(ofFolder: folder)
    name = run.name
    guard let words = run.options.arguments else { throw ReviewError.noArguments(folder) }
    let options = try ArgumentList(words).dataOptions()
    guard let data = moved ?? options.data else { throw ReviewError.noData(folder) }
    guard moved != nil || FileManager.default.fileExists(atPath: data) else {
      throw ReviewError.movedData(folder, data: data)
    }
    let saved = ["best", "last"].map { "\(folder)/checkpoints/\($0).safetensors" }
    guard let path = file ?? saved.first(where: FileManager.default.fileExists) else {
      throw ReviewError.noCheckpoint(folder)
    }
    (self.data, checkpoint) = (data, path)
    let network = try SegmentationCheckpoint(contentsOf: path)
    parts = try DatasetSplit.allCases.map { split in
      let pictures = try EvaluatedData(
        at: data, options, split: split, void: options.void, seed: options.seed, checkpoint: network, path: path)
      try pictures.check()
      return (split, pictures)
    }
    predictor = try prediction.predictor(for: network)
  }

  /// Of the masks.
  var labelSpace: LabelSpace { parts[0].data.labelSpace }
}

/// Why a run cannot be reviewed.
enum ReviewError: Error, CustomStringConvertible, LocalizedError, Equatable {
  case noArguments(String)
  case noData(String)
  case movedData(String, data: String)
  case noCheckpoint(String)
  /// The classes of two runs.
  case otherClasses(String, String)

  var description: String {
    switch self {
    case .noArguments(let run):
      "\(run) does not say how it was started, so its data are not known; it is another program's run"
    case .noData(let run): "\(run) trained on built-in scenes, whose masks are exact; review a run with --data"
    case .movedData(let run, let data):
      "there is no \(data), which \(run) trained on; --data DIR says where the data are now"
    case .noCheckpoint(let run): "\(run) has no checkpoint: it was never saved; --checkpoint FILE names one"
    case .otherClasses(let first, let other):
      "\(other) has other classes than \(first); review them one by one"
    }
  }
  var errorDescription: String? { description }
}

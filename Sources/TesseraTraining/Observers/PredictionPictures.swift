import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraSegmentation

/// Writes pictures of the first validation samples after each epoch: input, truth and prediction side by side, with a
/// legend.
public final class PredictionPictures: TrainingObserver {
  private let folder: String
  private let limit: Int
  private var inEpoch = 0
  private var latest: [String] = []

  /// - Parameters:
  ///   - folder: is made where it is missing.
  ///   - limit: samples an epoch.
  /// - Throws: `TrainingError.unwritable`.
  public init(in folder: String, limit: Int = 4) throws {
    try makeWritableFolder(folder)
    self.folder = folder
    self.limit = limit
  }

  /// The files of the last epoch.
  public var written: [String] { latest }

  public func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) throws {
    if index == 0 { (inEpoch, latest) = (0, []) }
    for sample in 0..<min(batch.names.count, limit - inEpoch) {
      let (photograph, truth, prediction) = batch.pictures(of: sample, predictions: predictions)
      let picture = PredictionPicture(
        of: photograph, truth: truth, prediction: prediction, title: "\(batch.names[sample]), epoch \(epoch)")
      let name = batch.names[sample].map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" }
      let path = "\(folder)/epoch-\(String(format: "%03d", epoch))-\(String(name)).png"
      try picture.image.write(to: path)
      latest.append(path)
      inEpoch += 1
    }
  }
}

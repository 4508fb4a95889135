import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraPictures
import TesseraSegmentation
import TesseraTensors

/// Writes pictures of the first validation samples after each epoch: input, truth and prediction side by side, with a
/// legend.
public final class PredictionPictures: TrainingObserver {
  private let folder: String
  private let limit: Int
  private var inEpoch = 0
  private var latest: [String] = []

  /// - Parameters:
  ///   - folder: created if missing.
  ///   - limit: samples per epoch.
  /// - Throws: `TrainingError.unwritable`.
  public init(in folder: String, limit: Int = 4) throws {
    try makeWritableFolder(folder)
    self.folder = folder
    self.limit = limit
  }

  public var isEssential: Bool { false }

  /// The files of the last epoch.
  public var written: [String] { latest }

  public func validated(_ batch: Batch, predictions: [Int32], index: Int, epoch: Int) throws {
    if index == 0 { (inEpoch, latest) = (0, []) }
    // Somebody may have removed it during the run.
    if inEpoch < limit { try makeWritableFolder(folder) }
    for sample in 0..<min(batch.names.count, limit - inEpoch) {
      let (photograph, truth, prediction) = batch.pictures(of: sample, predictions: predictions)
      let picture = PredictionPicture(
        of: photograph, truth: truth, prediction: prediction, title: "\(batch.names[sample]), epoch \(epoch)")
      let path = path(of: batch.names[sample], epoch: epoch)
      inEpoch += 1
      try picture.image.write(to: path)
      latest.append(path)
    }
  }

  /// A separate file for each sample, whatever the sample's name.
  private func path(of sample: String, epoch: Int) -> String {
    let (start, end) = ("epoch-\(String(format: "%03d", epoch))-", ".png")
    let name = String(sample.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" })
    let room = Self.longestName - start.utf8.count - end.utf8.count
    let path = "\(folder)/\(start)\(name)\(end)"
    if name.utf8.count <= room && !latest.contains(path) { return path }
    var checksum = CRC32()
    checksum.add(Array(sample.utf8))
    let mark = "-" + checksum.text
    var kept = name
    while kept.utf8.count > room - mark.utf8.count { kept.removeLast() }
    return "\(folder)/\(start)\(kept)\(mark)\(end)"
  }

  /// The longest name that file systems take, in bytes.
  private static let longestName = 255
}

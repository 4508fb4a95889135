import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraKernels
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
    let (height, width) = (batch.masks.height, batch.masks.width)
    for sample in 0..<min(batch.names.count, limit - inEpoch) {
      let pixels = sample * height * width..<(sample + 1) * height * width
      func mask(_ indices: ArraySlice<Int32>) -> Mask {
        Mask(
          width: width, height: height, indices: indices.map { UInt16($0) }, labelSpace: batch.masks.labelSpace)
      }
      let image = Image(batch.images.sliced(sample..<sample + 1, along: 0).reshaped(to: [height, width, 3]))
      let picture = PredictionPicture(
        of: image, truth: mask(batch.masks.indices[pixels]), prediction: mask(predictions[pixels]),
        title: "\(batch.names[sample]), epoch \(epoch)")
      let name = batch.names[sample].map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" }
      let path = "\(folder)/epoch-\(String(format: "%03d", epoch))-\(String(name)).png"
      try picture.image.write(to: path)
      latest.append(path)
      inEpoch += 1
    }
  }
}

import TesseraDatasets
import TesseraImaging
import TesseraSegmentation
import TesseraTraining

/// Finds the validation pictures that were predicted best and worst, and keeps only those.
struct PictureRanking {
  private struct Entry {
    let name: String
    let meanIoU: Double
    let pixelAccuracy: Double
    let classes: [Int]
    let photograph: Image
    let truth: Mask
    let prediction: Mask
  }

  private let labelSpace: LabelSpace
  private let most: Int
  /// In descending order of mean IoU; of equals, the earlier first.
  private var entries: [Entry] = []

  /// The longest side of what is kept, in pixels: as large as a page shows it.
  private static let longestSide = 288

  /// - Parameters:
  ///   - labelSpace: that of the metrics.
  ///   - most: the number of best pictures, and of worst ones.
  init(labelSpace: LabelSpace, keeping most: Int) {
    self.labelSpace = labelSpace
    self.most = most
  }

  /// Looks at a batch; `predictions` are the classes of its pixels, `[batch, height, width]` row-major.
  mutating func add(_ batch: Batch, predictions: [Int32]) {
    let (height, width) = (batch.masks.height, batch.masks.width)
    for sample in batch.names.indices {
      let pixels = sample * height * width..<(sample + 1) * height * width
      var matrix = ConfusionMatrix(labelSpace)
      matrix.add(predicted: Array(predictions[pixels]), truth: Array(batch.masks.indices[pixels]))
      let metrics = matrix.metrics(absentClasses: .ignored)
      // An entirely void picture is neither good nor bad.
      guard metrics.pixels > 0 else { continue }
      let place = entries.firstIndex { $0.meanIoU < metrics.meanIoU } ?? entries.count
      // In the middle of a full list it would be removed at once.
      if entries.count == 2 * most && place == most { continue }
      func mask(_ indices: ArraySlice<Int32>) -> Mask {
        Mask(width: width, height: height, indices: indices.map { UInt16($0) }, labelSpace: batch.masks.labelSpace)
      }
      let image = batch.shown(sample)
      // No larger than they will be shown: whole pictures would take memory for all their pixels.
      let size = Self.shownSize(width, height)
      func shown(_ indices: ArraySlice<Int32>) -> Mask {
        mask(indices).resized(toWidth: size.width, height: size.height)
      }
      entries.insert(
        Entry(
          name: batch.names[sample], meanIoU: metrics.meanIoU, pixelAccuracy: metrics.pixelAccuracy,
          classes: metrics.classes.filter { !$0.isAbsent }
            .sorted { ($0.pixels + $0.predicted, -$0.index) > ($1.pixels + $1.predicted, -$1.index) }.map(\.index),
          photograph: image.resized(toWidth: size.width, height: size.height),
          truth: shown(batch.masks.indices[pixels]), prediction: shown(predictions[pixels])),
        at: place)
      if entries.count > 2 * most { entries.remove(at: most) }
    }
  }

  /// The pictures as encoded files; none is among the best and the worst.
  ///
  /// - Throws: `ImageError`.
  func pictures(ofEpoch epoch: Int) throws -> ReportPictures {
    let best = entries.prefix(min(most, (entries.count + 1) / 2))
    let worst = entries.dropFirst(best.count).suffix(most).reversed()
    return ReportPictures(epoch: epoch, best: try best.map(encoded), worst: try worst.map(encoded))
  }

  private static func shownSize(_ width: Int, _ height: Int) -> ImageSize {
    let scale = min(1, Double(longestSide) / Double(max(width, height)))
    return ScaledSize.times(scale).size(of: ImageSize(width: width, height: height))
  }

  private func encoded(_ entry: Entry) throws -> ReportPictures.Picture {
    let (truth, prediction) = (entry.truth, entry.prediction)
    return ReportPictures.Picture(
      name: entry.name, meanIoU: entry.meanIoU, pixelAccuracy: entry.pixelAccuracy, width: truth.width,
      height: truth.height, classes: entry.classes,
      photograph: try entry.photograph.encoded(as: .jpeg(quality: 82), name: entry.name).data,
      truth: try truth.png.data, prediction: try prediction.png.data,
      errors: try errors(truth, prediction).png.data)
  }

  private func errors(_ truth: Mask, _ prediction: Mask) -> Mask {
    let colors = LabelSpace(
      classes: [
        .init(name: "right", color: .black), .init(name: "wrong", color: .white),
        .init(name: "void", color: Color(128, 128, 128)),
      ], void: nil)
    return Mask(
      width: truth.width, height: truth.height,
      indices: zip(truth.indices, prediction.indices).map { Int($0) == labelSpace.void ? 2 : $0 == $1 ? 0 : 1 },
      labelSpace: colors)
  }
}

extension Mask {
  /// In the classes' colors; a palette makes it small, if it can hold all indices.
  var png: [UInt8] {
    get throws { (indices.max() ?? 0) <= 255 ? try encodedWithPalette() : try colored.encoded(as: .png) }
  }
}

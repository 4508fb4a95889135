import Foundation
import Tessera

/// How well the mask of one picture is predicted: a row of a table.
struct PictureScores: Codable {
  /// The picture's place in the data set.
  let index: Int
  private let fields: [String]

  init(_ index: Int, name: String, truth: Mask, counts: ClassCounts, boundaries: BoundaryIoU) {
    self.index = index
    // A class that a picture does not show says nothing about it.
    let (all, near) = (counts.metrics(absentClasses: .ignored), boundaries.metrics(absentClasses: .ignored))
    func text(_ value: Double) -> String { all.pixels == 0 ? "" : String(format: "%.4f", value) }
    fields =
      [name, "\(truth.width)", "\(truth.height)", "\(all.pixels)", text(all.pixelAccuracy), text(all.meanAccuracy)]
      + [text(all.meanIoU), text(all.meanDice), text(near.meanIoU)]
      + all.classes.map { $0.isAbsent ? "" : text($0.iou) }
  }

  /// The table of all pictures, in their order, with a heading.
  static func table(_ scores: [PictureScores], of space: LabelSpace) -> String {
    let heading =
      ["picture", "width", "height", "pixels", "pixelAccuracy", "meanAccuracy", "meanIoU", "meanDice"]
      + ["meanBoundaryIoU"] + space.classes.indices.filter { $0 != space.void }.map { "IoU \(space.name(of: $0))" }
    return commaSeparated([heading] + scores.sorted { $0.index < $1.index }.map(\.fields))
  }
}

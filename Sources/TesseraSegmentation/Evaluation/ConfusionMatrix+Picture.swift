import TesseraImaging
import TesseraPictures

extension ConfusionMatrix {
  /// The matrix with rows for truths and columns for predictions, colored by each row's shares, with names and a
  /// legend.
  public var picture: Image {
    ConfusionPicture(counts: counts, predictedVoid: predictedVoid, labelSpace: labelSpace).image
  }
}

import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

/// Writes a checkpoint of an untrained network; with two classes it is one for the data sets of `writeDataset`.
func writeCheckpoint(to path: String, classes: Int = 2, void: Int = 255) throws -> SegmentationCheckpoint {
  let labels = LabelSpace(names: (0..<classes).map { "class \($0)" }, void: void)
  let model = UNet(.init(classes: classes, width: 2), random: RandomStream(seed: 3))
  let checkpoint = SegmentationCheckpoint(model: model, labelSpace: labels, imageSize: 16)
  try checkpoint.save(to: path)
  return checkpoint
}

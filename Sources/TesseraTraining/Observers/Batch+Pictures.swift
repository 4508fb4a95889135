import TesseraDatasets
import TesseraImaging
import TesseraKernels
import TesseraTensors

extension Batch {
  /// A sample as a picture for people.
  package func shown(_ sample: Int) -> Image {
    let size = images.shape
    return Pixels(images.sliced(sample..<sample + 1, along: 0).reshaped(to: [size[1], size[2], size[3]])).shown
  }

  /// A sample as a picture, with its true mask and the predicted one, for observers that show samples.
  ///
  /// - Parameters:
  ///   - sample: its place in the batch.
  ///   - predictions: of the whole batch, `[batch, height, width]` row-major.
  public func pictures(
    of sample: Int, predictions: [Int32]
  ) -> (photograph: Image, truth: Mask, prediction: Mask) {
    let (height, width) = (masks.height, masks.width)
    let pixels = sample * height * width..<(sample + 1) * height * width
    func mask(_ indices: ArraySlice<Int32>) -> Mask {
      Mask(width: width, height: height, indices: indices.map { UInt16($0) }, labelSpace: masks.labelSpace)
    }
    return (
      shown(sample), mask(masks.indices[pixels]), mask(predictions[pixels])
    )
  }
}

import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// Tiles compared with the whole picture at once.
@Suite struct WholePictureTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let model: @Sendable () -> any SegmentationModel
    let size: (width: Int, height: Int)
    let tile: Int
  }

  static let cases = [
    Case(
      testDescription: "U-Net",
      model: { UNet(.init(classes: 6, width: 8, normalization: .torchvision), random: RandomStream(seed: 4)) },
      size: (401, 333), tile: 320),
    Case(
      testDescription: "FCNN", model: { FCNN(.init(classes: 6, width: 8), random: RandomStream(seed: 4)) },
      size: (611, 451), tile: 416),
  ]

  /// Noise and stripes, so that neighbors differ.
  private func noise(_ width: Int, _ height: Int) -> Image {
    var random = RandomStream(seed: 9).derived("noise")
    return picture(width, height) { x, y in
      ((x * 5 + random.index(below: 120)) % 256, (y * 3 + random.index(below: 90)) % 256, (x * y / 7) % 256)
    }
  }

  private func predictor(_ model: any SegmentationModel, _ scale: Predictor.Scale) -> Predictor {
    Predictor(model: model, labelSpace: space(6), imageSize: 64, scale: scale)
  }

  /// Logits of the picture in one piece, its edge repeated to whole multiples.
  private func wholeLogits(_ model: any SegmentationModel, _ image: Image) -> Tensor {
    let multiple = model.sizeMultiple
    func padded(_ length: Int) -> Int { (length + multiple - 1) / multiple * multiple }
    let pixels = image.tensor
    let (height, width) = (padded(image.height), padded(image.width))
    let input = Tensor(
      (0..<height).flatMap { y in
        (0..<width).flatMap { x in
          (0..<3).map { pixels[min(y, image.height - 1), min(x, image.width - 1), $0] }
        }
      }, shape: [1, height, width, 3])
    return model(Variable(model.normalization(input))).value
  }

  @Test(arguments: cases) func marginsOfTheRadiusGiveTheMaskOfTheWholePicture(_ item: Case) {
    let model = item.model()
    let image = noise(item.size.width, item.size.height)
    let logits = wholeLogits(model, image)
    let padded = logits.shape[2]
    let whole = logits.argmax()
    let tiled = predictor(model, .original(tile: item.tile, margin: .receptiveField)).mask(for: image)
    // Both are sums of the same products; their order, and so the last digits, depend on the tile's size.
    var (different, unsettled) = (0, 0)
    for pixel in tiled.indices.indices {
      let (y, x) = pixel.quotientAndRemainder(dividingBy: image.width)
      let scores = (0..<6).map { logits[0, y, x, $0] }.sorted(by: >)
      let isSettled = scores[0] - scores[1] > 1e-4 * max(abs(scores[0]), abs(scores[5]))
      if !isSettled { unsettled += 1 }
      if isSettled && Int32(tiled.indices[pixel]) != whole[y * padded + x] { different += 1 }
    }
    #expect(different == 0)
    #expect(unsettled < tiled.indices.count / 100)
    #expect(Set(tiled.indices).count > 1)
  }

  /// Without margins the tiles' borders show: the comparison above can fail.
  @Test(arguments: cases) func tilesWithoutMarginsDiffer(_ item: Case) {
    let model = item.model()
    let image = noise(item.size.width, item.size.height)
    let whole = predictor(model, .original(tile: 1024)).mask(for: image)
    let shares = [0, 16, 64].map { margin in
      let mask = predictor(model, .original(tile: item.tile, margin: .pixels(margin))).mask(for: image)
      return zip(mask.indices, whole.indices).count(where: { $0 != $1 })
    }
    #expect(shares[0] > 0)
    #expect(shares[2] < shares[0])
  }
}

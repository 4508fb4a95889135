import TesseraCheckpoints
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// Predictions see pictures as training did.
@Suite struct FramedPredictionTests {
  @Test func paddedPicturesKeepTheirShape() throws {
    let model = PixelwiseModel.byRed(classes: 200)
    // Twice as wide as high: half of the frame is padding, 0 after normalization.
    let image = picture(96, 48) { x, _ in (x < 48 ? 10 : 100, 0, 0) }
    let predictor = Predictor(model: model, labelSpace: space(200), imageSize: 32, framing: .pad)
    let mask = predictor.mask(for: image)
    // Where two colors meet, they are mixed.
    for y in 0..<48 {
      #expect(mask.indices[96 * y..<96 * y + 42].allSatisfy { $0 == 10 })
      #expect(mask.indices[96 * y + 54..<96 * y + 96].allSatisfy { $0 == 100 })
    }
    let seen = try #require(model.seen.first)
    #expect(model.seen.count == 1 && seen.shape == [1, 32, 32, 3])
    for y in 0..<32 {
      for x in 0..<32 where y >= 16 || ![15, 16].contains(x) {
        let expected: Float = y >= 16 ? 0 : x < 16 ? 10 : 100
        #expect(seen[0, y, x, 0] == expected, "\(x), \(y)")
      }
    }
  }

  @Test func mirroredViewsOfPaddedPicturesAreMirroredInsideTheFrame() throws {
    let model = PixelwiseModel.byRed(classes: 200)
    let image = picture(48, 96) { _, y in (y < 48 ? 10 : 100, 0, 0) }
    let predictor = Predictor(
      model: model, labelSpace: space(200), imageSize: 32, framing: .pad, averaging: Averaging(flip: true))
    let mask = predictor.mask(for: image)
    #expect(mask.indices[..<(42 * 48)].allSatisfy { $0 == 10 })
    #expect(mask.indices[(54 * 48)...].allSatisfy { $0 == 100 })
    #expect(model.seen.allSatisfy { $0[0, 0, 15, 0] == 10 && $0[0, 0, 16, 0] == 0 })
  }

  @Test func networksOfCropsSeeThePixelsOfTheWholePicture() throws {
    let model = PixelwiseModel.byRed(classes: 200)
    let image = picture(40, 20) { x, y in (x + 3 * y, 0, 0) }
    let predictor = Predictor(model: model, labelSpace: space(200), imageSize: 16, framing: .crop())
    let expected: [UInt16] = (0..<20).flatMap { y in (0..<40).map { x in UInt16(x + 3 * y) } }
    #expect(predictor.mask(for: image).indices == expected)
    let seen = try #require(model.seen.first)
    #expect(seen.shape == [1, 32, 48, 3])
    #expect(seen[0, 19, 39, 0] == 96 && seen[0, 19, 40, 0] == 0 && seen[0, 20, 39, 0] == 0)
  }

  @Test func cropsAtAScaleAreSeenAtThatScale() throws {
    let model = PixelwiseModel.byRed(classes: 200)
    let image = picture(64, 32) { x, _ in (x < 32 ? 10 : 100, 0, 0) }
    let predictor = Predictor(model: model, labelSpace: space(200), imageSize: 16, framing: .crop(scale: 0.5))
    let mask = predictor.mask(for: image)
    #expect(model.seen.map(\.shape) == [[1, 16, 32, 3]])
    #expect(mask.indices[..<28].allSatisfy { $0 == 10 } && mask.indices[36..<64].allSatisfy { $0 == 100 })
    // At the picture's own size, whatever the crops were.
    let own = Predictor(
      model: model, labelSpace: space(200), imageSize: 16, framing: .crop(scale: 0.5), scale: .original())
    _ = own.mask(for: image)
    #expect(model.seen.last?.shape == [1, 32, 64, 3])
  }

  /// Tiles of a view at a scale give what the whole view gives.
  @Test(arguments: [0.5, 0.37, 1.0]) func tilesOfScaledPicturesShowNoSeams(scale: Double) {
    let image = picture(1500, 20) { x, y in ((x / 9 * 31 + y / 7 * 17) % 8, 0, 0) }
    func mask(_ radius: Int?) -> (mask: Mask, windows: Int) {
      let model = PixelwiseModel.byRed(classes: 8, receptiveRadius: radius)
      let predictor = Predictor(model: model, labelSpace: space(8), imageSize: 16, framing: .crop(scale: scale))
      return (predictor.mask(for: image), model.seen.count)
    }
    let (tiled, whole) = (mask(8), mask(nil))
    #expect(tiled.mask == whole.mask && tiled.windows > whole.windows)
  }

  @Test(arguments: [Framing.stretch, .pad, .crop(), .crop(scale: 0.25)])
  func checkpointsKnowTheFraming(framing: Framing) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/net.safetensors"
      let model = UNet(.init(classes: 2, width: 2), random: RandomStream(seed: 3))
      try SegmentationCheckpoint(
        model: model, labelSpace: space(2, void: 255), imageSize: 16, framing: framing
      ).save(to: path)
      #expect(try SegmentationCheckpoint(contentsOf: path).framing == framing)
      #expect(try Predictor(checkpoint: path).framing == framing)
      let card = try #require(SafeTensors(contentsOf: path).metadata["tessera"])
      // Versions that would stretch the pictures refuse the file.
      #expect(card.contains("\"format\":\(framing == .stretch ? 2 : 4)"), "\(card)")
      #expect(card.contains("framing") == (framing != .stretch))
    }
  }
}

import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct PredictorTests {
  @Test(arguments: [(1, 1), (37, 23), (128, 5), (200, 301)])
  func aConstantNetworkFillsThePicturesOwnSize(width: Int, height: Int) {
    let model = PixelwiseModel(classes: 4) { _ in [0, 1, 5, 2] }
    let image = Image(width: width, height: height, color: Color(9, 8, 7))
    for scale in [Predictor.Scale.trained, .original(tile: 64)] {
      let mask = Predictor(model: model, labelSpace: space(4), imageSize: 32, scale: scale).mask(for: image)
      #expect(mask.width == width && mask.height == height)
      #expect(mask.labelSpace == space(4))
      #expect(mask.indices.allSatisfy { $0 == 2 })
    }
  }

  @Test func trainedScaleShowsTheNetworkTheTrainingSizeOnce() {
    let model = PixelwiseModel.byRed(classes: 3)
    let image = picture(96, 48) { x, _ in (x < 48 ? 1 : 2, 0, 0) }
    let mask = Predictor(model: model, labelSpace: space(3), imageSize: 32).mask(for: image)
    #expect(model.seen.map(\.shape) == [[1, 32, 32, 3]])
    #expect(mask.indices == (0..<96 * 48).map { $0 % 96 < 48 ? 1 : 2 })
  }

  @Test func aRectangleOfTheTrainedSizeIsNotSquashed() {
    let model = PixelwiseModel.byRed(classes: 3)
    let image = picture(96, 48) { x, _ in (x < 48 ? 1 : 2, 0, 0) }
    let size = ImageSize(width: 64, height: 32)
    let mask = Predictor(model: model, labelSpace: space(3), imageSize: size).mask(for: image)
    #expect(model.seen.map(\.shape) == [[1, 32, 64, 3]])
    #expect(mask.indices == (0..<96 * 48).map { $0 % 96 < 48 ? 1 : 2 })
    _ = Predictor(model: model, labelSpace: space(3), imageSize: size, averaging: Averaging(scales: [0.5, 1.3]))
      .mask(for: image)
    #expect(model.seen.dropFirst().map(\.shape) == [[1, 48, 80, 3], [1, 16, 32, 3]])
  }

  /// The class of each pixel depends on its place, so a tile that is shifted, missing or drawn over shows.
  @Test(arguments: [(100, 70), (37, 23), (33, 129), (64, 64), (65, 1)], [32, 48, 512])
  func originalScaleCoversEveryPixelOnceWhateverTheTiles(size: (Int, Int), tile: Int) {
    let (width, height) = size
    let model = PixelwiseModel.byRed(classes: 11)
    let image = picture(width, height) { x, y in ((7 * x + 3 * y) % 11, 0, 0) }
    let predictor = Predictor(model: model, labelSpace: space(11), imageSize: 32, scale: .original(tile: tile))
    let mask = predictor.mask(for: image)
    #expect(mask.width == width && mask.height == height)
    #expect(mask.indices == (0..<width * height).map { UInt16((7 * ($0 % width) + 3 * ($0 / width)) % 11) })
    #expect(model.seen.allSatisfy { $0.shape[1] <= tile && $0.shape[2] <= tile })
    #expect(model.seen.allSatisfy { $0.shape[1] % 16 == 0 && $0.shape[2] % 16 == 0 })
  }

  @Test func tilesReachBeyondThePictureByRepeatingItsEdge() throws {
    let model = PixelwiseModel.byRed(classes: 200)
    let image = picture(40, 20) { x, y in (x + 3 * y, 0, 0) }
    _ = Predictor(model: model, labelSpace: space(200), imageSize: 32, scale: .original(tile: 64)).mask(for: image)
    let seen = try #require(model.seen.first)
    #expect(model.seen.count == 1 && seen.shape == [1, 32, 48, 3])
    #expect(seen[0, 0, 47, 0] == 39)
    #expect(seen[0, 31, 0, 0] == 57)
    #expect(seen[0, 31, 47, 0] == 96)
  }

  @Test(arguments: [(0, 512), (30, 576)])
  func tilesOfTheirOwnAre512PixelsAndTheMargins(radius: Int, side: Int) {
    let model = PixelwiseModel.byRed(classes: 2, receptiveRadius: radius)
    let strip = Image(width: 3000, height: 1, color: .black)
    _ = Predictor(model: model, labelSpace: space(2), imageSize: 32, scale: .original()).mask(for: strip)
    #expect(model.seen.allSatisfy { $0.shape[2] <= side && $0.shape[2] > side - 64 })
  }

  @Test func aNetworkThatDoesNotKnowHowFarItLooksSeesThePictureAsAWhole() {
    let model = PixelwiseModel.byRed(classes: 2, receptiveRadius: nil)
    let strip = Image(width: 3000, height: 1, color: .black)
    _ = Predictor(model: model, labelSpace: space(2), imageSize: 32, scale: .original()).mask(for: strip)
    #expect(model.seen.map(\.shape) == [[1, 16, 3008, 3]])
    // With a margin of the caller's choice there are tiles.
    _ = Predictor(model: model, labelSpace: space(2), imageSize: 32, scale: .original(margin: 0)).mask(for: strip)
    #expect(model.seen.count > 2 && model.seen.dropFirst().allSatisfy { $0.shape[2] <= 512 })
  }

  @Test func tilesOfANetworkThatDoesNotKnowHowFarItLooksNeedAMargin() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = PixelwiseModel.byRed(classes: 2, receptiveRadius: nil)
      let space = LabelSpace(names: ["no", "yes"], void: nil)
      _ = Predictor(model: model, labelSpace: space, imageSize: 32, scale: .original(tile: 64)).mask(
        for: Image(width: 300, height: 1, color: .black))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("Predictor: tiles of 64 pixels need a margin in pixels, as how far"), "\(output)")
  }

  @Test(arguments: [(Int.max, 0), (64, Int.max), (Int.max, Int.max)])
  func tilesAndMarginsBeyondAnyPictureAreTheWholePicture(tile: Int, margin: Int) {
    let model = PixelwiseModel.byRed(classes: 2)
    for averaging in [Averaging.none, Averaging(scales: [1], flip: true)] {
      let predictor = Predictor(
        model: model, labelSpace: space(2), imageSize: 32, scale: .original(tile: tile, margin: .pixels(margin)),
        averaging: averaging)
      #expect(predictor.mask(for: picture(40, 20) { x, _ in (x % 2, 0, 0) }).indices.prefix(3) == [0, 1, 0])
    }
    #expect(model.seen.allSatisfy { $0.shape == [1, 32, 48, 3] })
  }

  /// The network does alike at multiples of 16 only: tiles that start elsewhere give other scores.
  @Test(arguments: [(150, 64, 8), (150, 64, 20), (161, 96, 16), (255, 48, 0), (300, 64, 40)], [true, false])
  func tilesOverlapByTheirMarginsAndStartWhereTheNetworkDoesAlike(item: (Int, Int, Int), isKnown: Bool) {
    let (length, tile, margin) = item
    let model = PixelwiseModel.byRed(classes: 256, receptiveRadius: isKnown ? margin : 99)
    let strip = picture(length, 1) { x, _ in (x % 256, x / 256, 0) }
    let scale = Predictor.Scale.original(tile: tile, margin: isKnown ? .receptiveField : .pixels(margin))
    _ = Predictor(model: model, labelSpace: space(256), imageSize: 32, scale: scale).mask(for: strip)
    let starts = model.seen.map { Int($0[0, 0, 0, 0] + 256 * $0[0, 0, 0, 1]) }
    let side = model.seen[0].shape[2]
    #expect(model.seen.count > 1 && model.seen.allSatisfy { $0.shape[2] == side })
    #expect(starts.first == 0 && starts.last == (length + 15) / 16 * 16 - side)
    #expect(starts.allSatisfy { $0 % 16 == 0 })
    #expect(zip(starts, starts.dropFirst()).allSatisfy { $1 > $0 && $0 + side - $1 >= 2 * margin })
    #expect(side <= max(tile, (2 * margin + 15) / 16 * 16 + 16), "a tile grows only where its margins leave nothing")
  }

  @Test func tilesOfAPictureThatFitsInOneAreThePictureItself() {
    let model = UNet(.init(classes: 5, width: 4), random: RandomStream(seed: 3))
    let image = picture(48, 32) { x, y in ((5 * x) % 256, (7 * y) % 256, (x * y) % 256) }
    func indices(_ tile: Int) -> [UInt16] {
      Predictor(model: model, labelSpace: space(5), imageSize: 16, scale: .original(tile: tile)).mask(for: image)
        .indices
    }
    let images = image.tensor.reshaped(to: [1, 32, 48, 3])
    let direct = model(Variable(model.normalization(images))).value.argmax().map(UInt16.init)
    #expect(Set(direct).count > 1)
    #expect(indices(48) == direct)
    #expect(indices(512) == direct)
  }

  @Test(arguments: [Predictor.Scale.trained, .original(tile: 16)])
  func voidIsNeverPredicted(scale: Predictor.Scale) {
    let model = PixelwiseModel(classes: 3) { _ in [9, 1, 2] }
    let image = Image(width: 21, height: 19, color: .black)
    func classes(void: Int?) -> Set<UInt16> {
      Set(
        Predictor(model: model, labelSpace: space(3, void: void), imageSize: 16, scale: scale).mask(for: image).indices)
    }
    #expect(classes(void: 0) == [2])
    #expect(classes(void: 1) == [0])
    #expect(classes(void: 255) == [0])
    #expect(classes(void: nil) == [0])
  }

  @Test func greyAndSixteenBitPicturesArePredictedAsTheirColors() {
    let model = PixelwiseModel.byRed(classes: 4)
    let predictor = Predictor(model: model, labelSpace: space(4), imageSize: 16, scale: .original())
    let grey = Image(width: 3, height: 1, channels: 1, pixels: [1, 2, 3])
    let deep = Image(width: 3, height: 1, channels: 1, samples: .sixteenBit([257, 514, 771]))
    #expect(predictor.mask(for: grey).indices == [1, 2, 3])
    #expect(predictor.mask(for: deep).indices == [1, 2, 3])
  }

  @Test func aCheckpointPredictsAsTheModelThatWroteIt() throws {
    try withTemporaryFolder { folder in
      let model = UNet(.init(classes: 4, width: 2), random: RandomStream(seed: 5))
      let path = folder + "/net.safetensors"
      try SegmentationCheckpoint(model: model, labelSpace: space(4, void: 0), imageSize: 32).save(to: path)
      let image = picture(50, 41) { x, y in ((5 * x) % 256, (7 * y) % 256, (x * y) % 256) }
      let restored = try Predictor(checkpoint: path)
      #expect(restored.imageSize == 32 && restored.scale == .trained)
      let direct = Predictor(model: model, labelSpace: space(4, void: 0), imageSize: 32)
      #expect(restored.mask(for: image) == direct.mask(for: image))
    }
  }
}

import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

/// Two bands tell the classes apart, and no color does: what a network of three channels could not learn.
private struct FourBands: SegmentationDataset {
  let count: Int
  let labelSpace = LabelSpace(names: ["land", "water"], void: 255)

  func sample(at index: Int) -> Sample { sample(at: index, width: 24, height: 12) }

  func sample(at index: Int, width: Int, height: Int) -> Sample {
    sample(at: index, width: width, height: height, random: RandomStream(seed: UInt64(index)))
  }

  func sample(at index: Int, width: Int, height: Int, random: RandomStream) -> Sample {
    var random = random
    let edge = 2 + index % 9
    let water = (0..<width * height).map { $0 % width * 12 / width < edge }
    let bands = water.flatMap { isWater -> [Float] in
      let light = random.uniform(in: 0..<1)
      return [light, 1 - light, isWater ? 3000 : 1000, random.uniform(in: isWater ? -1..<0 : 0..<1)]
    }
    return Sample(
      name: "tile \(index)", pixels: Pixels(Tensor(bands, shape: [height, width, 4])),
      mask: Mask(width: width, height: height, indices: water.map { $0 ? 1 : 0 }, labelSpace: labelSpace))
  }
}

/// A network for four bands.
private struct BandNet: SegmentationModel {
  struct Configuration: NetworkConfiguration {
    static let name = "bands"
    var classes: Int
    var normalization = ImageNormalization(mean: [0.5, 0.5, 2000, 0], deviation: [0.5, 0.5, 1000, 1])
    var sizeMultiple: Int { 4 }
    init(classes: Int) { self.classes = classes }
    func makeNetwork(random: RandomStream) -> BandNet { BandNet(random: random) }
  }

  let configuration = Configuration(classes: 2)
  let first: Conv2D
  let second: Conv2D

  init(random: RandomStream) {
    var random = random
    first = Conv2D(from: 4, to: 6, kernel: 3, activation: .relu, random: &random)
    second = Conv2D(from: 6, to: 2, kernel: 1, random: &random)
  }

  func callAsFunction(_ images: Variable) -> Variable { second(first(images)) }
}

@Suite struct ChannelTests {
  @Test func fourChannelsGoFromADataSetToAPredictor() async throws {
    let model = BandNet(random: RandomStream(seed: 2))
    let (training, validation) = (FourBands(count: 20), FourBands(count: 9))
    let size = ImageSize(width: 24, height: 12)
    let recorder = Recorder()
    let trainer = Trainer(
      model, optimizer: Adam(for: model), schedule: .constant(0.02), observers: [recorder])
    let outcome = try await trainer.fit(
      DataLoader(training, batchSize: 4, imageSize: size, augmentation: .flip),
      validatingOn: DataLoader(validation, batchSize: 3, imageSize: size, shuffles: false), epochs: 4)
    let score = try #require(outcome.reports.last?.validation?.meanIoU)
    #expect(score > 0.9)
    let sample = validation.sample(at: 4, width: 37, height: 26)
    let predictor = Predictor(model: model, labelSpace: validation.labelSpace, imageSize: size, scale: .original())
    let mask = predictor.mask(for: sample.pixels)
    #expect(mask.width == 37 && mask.height == 26)
    let right = zip(mask.indices, sample.mask.indices).count { $0 == $1 }
    #expect(Double(right) > 0.9 * Double(37 * 26))
    #expect(try await predictor.queuedMask(for: sample.pixels) == mask)
    let trained = Predictor(model: model, labelSpace: validation.labelSpace, imageSize: size)
    let smaller = trained.mask(for: Pixels(sample.pixels.tensor)).indices
    #expect(Double(zip(smaller, sample.mask.indices).count { $0 == $1 }) > 0.9 * Double(37 * 26))
  }

  @Test func picturesOfSamplesShowThreeChannels() async throws {
    try await withTemporaryFolder { folder in
      let model = BandNet(random: RandomStream(seed: 2))
      let pictures = try PredictionPictures(in: folder, limit: 1)
      let loader = DataLoader(FourBands(count: 2), batchSize: 2, imageSize: ImageSize(width: 24, height: 12))
      try await Trainer(model, optimizer: SGD(for: model), schedule: .constant(0), observers: [pictures])
        .fit(loader, validatingOn: loader, epochs: 1)
      #expect(pictures.written.count == 1)
      #expect(try Image(contentsOf: pictures.written[0]).width > 24)
    }
  }
}

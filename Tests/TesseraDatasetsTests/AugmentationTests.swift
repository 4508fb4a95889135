import TesseraDatasets
import TesseraImaging
import TesseraScenes
import TesseraTensors
import Testing

@Suite struct AugmentationTests {
  private let size = ImageSize(width: 32, height: 16)

  private func samples(
    _ augmentation: Augmentation, of dataset: any SegmentationDataset, count: Int = 200
  ) throws -> [Sample] {
    try (0..<count).map { number in
      try augmentation.sample(
        at: number % dataset.count, of: dataset, size: size, random: RandomStream(seed: 5).derived("test", number))
    }
  }

  @Test func noneLeavesTheSampleAsItIs() throws {
    let dataset = CountingDataset(count: 3)
    for (number, sample) in try samples(.none, of: dataset, count: 9).enumerated() {
      let plain = try dataset.sample(at: number % 3, width: 32, height: 16)
      #expect(sample.image == plain.image && sample.mask == plain.mask)
    }
  }

  @Test func aFlipMovesImageAndMaskTogetherInHalfOfTheCases() throws {
    var flipped = 0
    for sample in try samples(.flip, of: CountingDataset(count: 5)) {
      let pixels = sample.image.pixels
      for (offset, kind) in sample.mask.indices.enumerated() { #expect(pixels[3 * offset] == UInt8(kind * 10)) }
      if sample.mask.indices[0] == 16 {
        flipped += 1
        #expect(sample.mask.indices[..<32].elementsEqual((0..<32).map { UInt16(16 - $0 / 2) }))
      } else {
        #expect(sample.mask.indices[..<32].elementsEqual((0..<32).map { UInt16(1 + $0 / 2) }))
      }
    }
    #expect((70...130).contains(flipped))
  }

  @Test(arguments: [nil, 0, 255] as [Int?]) func standardInventsNoClassAndPadsWithVoidAlone(void: Int?) throws {
    let dataset = CountingDataset(count: 5, void: void)
    var padded = 0
    for sample in try samples(.standard, of: dataset) {
      #expect(sample.image.width == 32 && sample.image.height == 16)
      #expect(sample.mask.width == 32 && sample.mask.height == 16)
      let allowed = Set((1...16).map(UInt16.init) + (void.map { [UInt16($0)] } ?? []))
      #expect(Set(sample.mask.indices).isSubset(of: allowed))
      if let void, sample.mask.indices.contains(UInt16(void)) { padded += 1 }
    }
    #expect(void == nil ? padded == 0 : padded > 50)
  }

  @Test func whatLiesBeyondThePictureIsGrayAndVoid() throws {
    let dataset = CountingDataset(count: 1, void: 255)
    let sample = try #require(try samples(.standard, of: dataset).first { $0.mask.indices.contains(255) })
    let pixels = sample.image.pixels
    for (offset, kind) in sample.mask.indices.enumerated() where kind == 255 {
      #expect(pixels[3 * offset] == 128 && pixels[3 * offset + 1] == 128 && pixels[3 * offset + 2] == 128)
    }
  }

  @Test func everyAugmentationReadsAtOneSize() throws {
    for (augmentation, read) in [
      (Augmentation.none, size), (.flip, size), (.standard, ImageSize(width: 64, height: 32)),
    ] {
      let dataset = CountingDataset(count: 2, void: 0)
      _ = try samples(augmentation, of: dataset)
      #expect(dataset.sizes == [read])
      #expect(augmentation.readSize(for: size) == read)
    }
  }

  @Test func standardFlipsHalfOfTheSamplesAndChangesColors() throws {
    var (rising, colors) = (0, Set<[UInt8]>())
    for sample in try samples(.standard, of: CountingDataset(count: 1)) {
      rising += sample.mask.indices[0] < sample.mask.indices[31] ? 1 : 0
      let place = (sample.mask.indices.firstIndex(of: 8) ?? 0) * 3
      colors.insert(Array(sample.image.pixels[place..<place + 3]))
    }
    #expect((70...130).contains(rising))
    #expect(colors.count > 50)
  }

  @Test func theSameStreamGivesTheSameSample() throws {
    for augmentation in Augmentation.allCases {
      let first = try samples(augmentation, of: SyntheticScenes(count: 4), count: 8)
      let second = try samples(augmentation, of: SyntheticScenes(count: 4), count: 8)
      #expect(first.map(\.image) == second.map(\.image))
      #expect(first.map(\.mask) == second.map(\.mask))
    }
  }

  @Test func grayImagesStayGray() throws {
    struct Gray: SegmentationDataset {
      let labelSpace = LabelSpace(names: ["a", "b"], void: 255)
      let count = 1
      func sample(at index: Int) -> Sample { sample(at: index, width: 4, height: 4) }
      func sample(at index: Int, width: Int, height: Int) -> Sample {
        Sample(
          name: "gray",
          image: Image(
            width: width, height: height, channels: 1, pixels: [UInt8](repeating: 90, count: width * height)),
          mask: Mask(
            width: width, height: height, indices: [UInt16](repeating: 1, count: width * height),
            labelSpace: labelSpace))
      }
    }
    let samples = try samples(.standard, of: Gray(), count: 12)
    #expect(samples.allSatisfy { $0.image.channels == 1 })
    let batch = Batch(samples)
    #expect(batch.images.shape == [12, 16, 32, 3])
    #expect((0..<16).allSatisfy { batch.images[3, $0, 5, 0] == batch.images[3, $0, 5, 2] })
  }
}

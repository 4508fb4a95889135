import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraScenes
import TesseraTensors
import Testing

@Suite struct OwnAugmentationTests {
  private let size = ImageSize(width: 12, height: 8)

  /// Adds one number to all pixels.
  private let shifted = Augmentation("shifted") { sample, _, random in
    var (sample, random) = (sample, random)
    let (tensor, shift) = (sample.pixels.tensor, random.uniform())
    sample.pixels = Pixels(Tensor(tensor.scalars.map { $0 + shift }, shape: tensor.shape))
    return sample
  }

  private func images(_ loader: DataLoader, epoch: Int = 0) async throws -> [Tensor] {
    var images: [Tensor] = []
    for try await batch in loader.epoch(epoch) { images.append(batch.images) }
    return images
  }

  @Test func theLibrarysHaveTheNamesOfFilesAndOptions() throws {
    #expect(Augmentation.allCases.map(\.rawValue) == ["none", "flip", "standard", "strong"])
    #expect(Augmentation(rawValue: "flip") == .flip && Augmentation(rawValue: "shifted") == nil)
    let data = try JSONEncoder().encode([Augmentation.standard])
    #expect(String(decoding: data, as: UTF8.self) == #"["standard"]"#)
    #expect(try JSONDecoder().decode([Augmentation].self, from: data) == [.standard])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Augmentation].self, from: Data(#"["x"]"#.utf8)) }
    #expect("\(Augmentation.none)" == "none")
  }

  @Test func oneOfOnesOwnDependsOnSeedPassAndSampleAlone() async throws {
    func loader(seed: UInt64 = 1, workers: Int = 1) -> DataLoader {
      DataLoader(
        SyntheticScenes(count: 3, width: 12, height: 8), batchSize: 3, imageSize: size, augmentation: shifted,
        shuffles: false, seed: seed, workers: workers)
    }
    let first = try await images(loader())
    #expect(try await images(loader(workers: 3)) == first)
    #expect(try await images(loader(), epoch: 1) != first)
    #expect(try await images(loader(seed: 2)) != first)
    let shifts = (0..<3).map { first[0][$0, 0, 0, 0].truncatingRemainder(dividingBy: 1) }
    #expect(Set(shifts).count == 3)
  }

  @Test func oneAfterTheOtherDoesBothAndReadsForTheFirst() throws {
    let both = Augmentation.standard.followed(by: shifted)
    #expect(both.rawValue == "standard+shifted")
    #expect(both.readSize(for: size) == ImageSize(width: 24, height: 16))
    let random = RandomStream(seed: 3)
    let scenes = SyntheticScenes(count: 1)
    let standard = try Augmentation.standard.sample(at: 0, of: scenes, size: size, random: random)
    let own = try both.sample(at: 0, of: scenes, size: size, random: random)
    #expect(own.mask == standard.mask)
    let shifts = zip(own.pixels.tensor.scalars, standard.pixels.tensor.scalars).map { $0 - $1 }
    #expect(shifts[0] > 0 && shifts.allSatisfy { abs($0 - shifts[0]) < 1e-4 })
  }

  @Test func onlyTheFirstMayReadLargerSamples() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Augmentation.flip.followed(by: .standard)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.contains("Augmentation.followed: standard scales or crops what is read, so it can only be the first"), "\(text)")
  }

  @Test func aDataSetThatDrawsDrawsAnewInEachPass() async throws {
    let drawing = ChannelDataset(channels: 1, count: 2, draws: true)
    func numbers(_ dataset: any SegmentationDataset, epoch: Int, augmentation: Augmentation = .none) async throws
      -> [Float]
    {
      let loader = DataLoader(
        dataset, batchSize: 2, imageSize: size, augmentation: augmentation, shuffles: false, workers: epoch + 1)
      return try await images(loader, epoch: epoch)[0].scalars.map { $0.truncatingRemainder(dividingBy: 1) }
    }
    let first = try await numbers(drawing, epoch: 0)
    #expect(try await numbers(drawing, epoch: 0) == first)
    #expect(try await numbers(drawing.prefix(2), epoch: 0) == first)
    #expect(first[0] != first[first.count - 1] && first[0] > 0)
    #expect(try await numbers(drawing, epoch: 1)[0] != first[0])
    // What is asked for alone, or through a cache, draws nothing.
    #expect(try await numbers(drawing.cached(), epoch: 0).allSatisfy { $0 == 0 })
  }

  @Test(arguments: [1, 2, 4, 7], Augmentation.allCases)
  func pixelsOfAnyNumberOfChannelsMoveWithTheirMasks(channels: Int, augmentation: Augmentation) async throws {
    let loader = DataLoader(
      ChannelDataset(channels: channels, count: 5), batchSize: 5, imageSize: size, augmentation: augmentation, steps: 4)
    for try await batch in loader.epoch(0) {
      #expect(batch.images.shape == [5, 8, 12, channels])
      for (pixel, kind) in batch.masks.indices.enumerated() {
        for channel in 0..<channels {
          let number = batch.images.scalars[pixel * channels + channel]
          // Scaling mixes neighbors of two classes.
          #expect(kind == 255 ? number == 0 : abs(number - Float(100 * channel + Int(kind))) <= 2)
        }
      }
    }
  }

  @Test func samplesOfDifferentChannelsMakeNoBatch() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Batch([
        ChannelDataset(channels: 2, count: 1).sample(at: 0), ChannelDataset(channels: 4, count: 1).sample(at: 0),
      ])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("Batch: all images must have 2 channels; scan 0 has 4"), "\(text)")
  }
}

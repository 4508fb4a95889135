import TesseraDatasets
import TesseraImaging
import TesseraTensors
import Testing

/// What becomes of pictures of several sizes and shapes at one training size.
@Suite struct FramedSampleTests {
  private let size = ImageSize(width: 32, height: 24)
  private let pictures = NoisePictures()
  /// Not what any pixel of a photograph holds.
  private let padding: [Float] = [1.25, 2.5, 3.75]

  private func batches(
    _ framing: Framing, _ augmentation: Augmentation = .none, epoch: Int = 0, workers: Int = 1, seed: UInt64 = 5,
    of dataset: (any SegmentationDataset)? = nil
  ) async throws -> [Batch] {
    let loader = DataLoader(
      dataset ?? pictures, batchSize: 1, imageSize: size, framing: framing, augmentation: augmentation,
      shuffles: false, seed: seed, steps: 12, workers: workers
    ).padded(with: padding)
    var batches: [Batch] = []
    for try await batch in loader.epoch(epoch) { batches.append(batch) }
    return batches
  }

  private func pixel(_ batch: Batch, _ x: Int, _ y: Int) -> [Float] { (0..<3).map { batch.images[0, y, x, $0] } }

  @Test func padKeepsTheShapeAndFillsTheRestWithVoid() async throws {
    for (index, batch) in try await batches(.pad).prefix(pictures.count).enumerated() {
      let own = NoisePictures.sizes[index]
      let inside = ScaledSize.within(size).size(of: own)
      let expected = pictures.sample(at: index, width: inside.width, height: inside.height)
      #expect(inside != size)
      for y in 0..<size.height {
        for x in 0..<size.width {
          let isInside = x < inside.width && y < inside.height
          let place = y * inside.width + x
          #expect(batch.masks.indices[y * size.width + x] == (isInside ? Int32(expected.mask.indices[place]) : 255))
          #expect(
            pixel(batch, x, y)
              == (isInside ? expected.image.pixels[3 * place..<3 * place + 3].map(Float.init) : padding))
        }
      }
    }
  }

  /// By plain loops: some window of the picture explains every pixel, and what lies beside it is padding.
  @Test func cropsAreWindowsOfThePictureAtItsOwnSize() async throws {
    var places = Set<[Int]>()
    for (number, batch) in try await batches(.crop()).enumerated() {
      let sample = pictures.sample(at: number % pictures.count)
      let (width, height) = (sample.mask.width, sample.mask.height)
      func matches(_ left: Int, _ top: Int) -> Bool {
        for y in 0..<size.height {
          for x in 0..<size.width {
            let (column, row) = (left + x, top + y)
            let place = row * width + column
            let isInside = (0..<width).contains(column) && (0..<height).contains(row)
            let (kind, color) =
              isInside
              ? (Int32(sample.mask.indices[place]), sample.image.pixels[3 * place..<3 * place + 3].map(Float.init))
              : (255, padding)
            if batch.masks.indices[y * size.width + x] != kind || pixel(batch, x, y) != color { return false }
          }
        }
        return true
      }
      let columns = min(0, width - size.width)...max(0, width - size.width)
      let rows = min(0, height - size.height)...max(0, height - size.height)
      let found = rows.flatMap { top in columns.filter { matches($0, top) }.map { [$0, top] } }
      #expect(found.count == 1, "crop \(number)")
      places.formUnion(found)
    }
    #expect(places.count >= 10, "positions differ from pass to pass")
  }

  @Test func cropsAtAScaleAreWindowsOfTheScaledPicture() async throws {
    for (number, batch) in try await batches(.crop(scale: 0.5)).enumerated() {
      let own = NoisePictures.sizes[number % pictures.count]
      let scaled = ScaledSize.times(0.5).size(of: own)
      let expected = pictures.sample(at: number % pictures.count, width: scaled.width, height: scaled.height)
      let counted = min(scaled.width, size.width) * min(scaled.height, size.height)
      let colors = Set((0..<scaled.pixels).map { expected.image.pixels[3 * $0..<3 * $0 + 3].map(Float.init) })
      var seen = 0
      for y in 0..<size.height {
        for x in 0..<size.width where pixel(batch, x, y) != padding {
          seen += 1
          #expect(colors.contains(pixel(batch, x, y)))
        }
      }
      #expect(seen == counted)
    }
  }

  @Test(arguments: [Framing.pad, .crop(), .crop(scale: 0.5)], Augmentation.allCases)
  func framesDependOnSeedPassAndSampleAlone(framing: Framing, augmentation: Augmentation) async throws {
    let first = try await batches(framing, augmentation)
    for batch in first {
      #expect(batch.images.shape == [1, 24, 32, 3] && batch.masks.width == 32 && batch.masks.height == 24)
      #expect(Set(batch.masks.indices).isSubset(of: [0, 1, 2, 3, 255]))
      // Color changes leave what lies beside the picture alone, and that is never a class.
      for (place, index) in batch.masks.indices.enumerated() where pixel(batch, place % 32, place / 32) == padding {
        #expect(index == 255)
      }
    }
    let again = try await batches(framing, augmentation, workers: 3)
    #expect(again.map(\.images) == first.map(\.images) && again.map(\.masks) == first.map(\.masks))
    let cached = try await batches(framing, augmentation, of: pictures.cached())
    #expect(cached.map(\.images) == first.map(\.images) && cached.map(\.masks) == first.map(\.masks))
    if framing != .pad || augmentation.rawValue != "none" {
      #expect(try await batches(framing, augmentation, seed: 6).map(\.images) != first.map(\.images))
      #expect(try await batches(framing, augmentation, epoch: 1).map(\.images) != first.map(\.images))
    }
  }

  @Test func standardCropsPicturesBeforeThereIsPadding() async throws {
    // Of a picture that is larger than its crops at any scale, none has padding.
    let large = NoisePictures().subset([0])
    let loader = DataLoader(
      large, batchSize: 1, imageSize: 8, framing: .crop(), augmentation: .standard, steps: 40
    ).padded(with: padding)
    for try await batch in loader.epoch(0) {
      #expect((0..<64).allSatisfy { pixel(batch, $0 % 8, $0 / 8) != padding })
    }
  }

  @Test func oneOfOnesOwnGetsFramesOfTheSizeItReads() throws {
    let doubled = Augmentation("doubled", readScale: 2) { sample, size, _ in
      #expect(sample.mask.width == 2 * size.width && sample.mask.height == 2 * size.height)
      return Sample(
        name: sample.name, pixels: sample.pixels.resized(toWidth: size.width, height: size.height),
        mask: sample.mask.resized(toWidth: size.width, height: size.height))
    }
    for framing in [Framing.stretch, .pad, .crop(), .crop(scale: 0.3)] {
      for index in 0..<pictures.count {
        let sample = try doubled.sample(
          at: index, of: pictures, size: size, framing: framing, random: RandomStream(seed: 1))
        #expect(sample.mask.width == 32 && sample.mask.height == 24)
      }
    }
  }

  @Test func evaluationReadsWholePicturesPaddedToAMultiple() async throws {
    let loader = DataLoader(
      pictures, batchSize: 1, imageSize: size, framing: .crop(scale: 0.5), shuffles: false, wholePicturesTo: 16
    ).padded(with: padding)
    var sizes: [[Int]] = []
    for try await batch in loader.epoch(0) {
      let index = sizes.count
      sizes.append([batch.masks.width, batch.masks.height])
      let inside = ScaledSize.times(0.5).size(of: NoisePictures.sizes[index])
      let expected = pictures.sample(at: index, width: inside.width, height: inside.height)
      for y in 0..<batch.masks.height {
        for x in 0..<batch.masks.width {
          let isInside = x < inside.width && y < inside.height
          let place = y * inside.width + x
          #expect(
            batch.masks.indices[y * batch.masks.width + x] == (isInside ? Int32(expected.mask.indices[place]) : 255))
          #expect(
            pixel(batch, x, y)
              == (isInside ? expected.image.pixels[3 * place..<3 * place + 3].map(Float.init) : padding))
        }
      }
    }
    #expect(sizes == [[32, 32], [16, 32], [32, 32]])
  }

  @Test func withoutVoidNothingCanBePadded() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DataLoader(NoisePictures(void: nil), batchSize: 1, imageSize: 16, framing: .pad)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("the framing pad pads with void, but the label space has no void value"), "\(text)")
  }

  @Test(arguments: [Framing.stretch, .pad, .crop(), .crop(scale: 0.5)], Augmentation.allCases)
  func cachesHoldWhatTheFilesGive(framing: Framing, augmentation: Augmentation) async throws {
    let folder = try TemporaryFolder()
    let set = FingerprintedNoise()
    let read = augmentation.readSize(for: size, framing: framing)
    for isFirst in [true, false] {
      var made = 0
      let cached = try DiskCachedDataset(
        set, scaledTo: read, file: "\(folder.path)/cache.tessera", progress: { made = $0 })
      #expect(made == (isFirst ? 3 : 0))
      let (own, plain) = (
        try await batches(framing, augmentation, of: cached), try await batches(framing, augmentation)
      )
      #expect(own.map(\.images) == plain.map(\.images) && own.map(\.masks) == plain.map(\.masks))
    }
    // A cache of another framing is not taken for this one.
    let other = framing == .pad ? ScaledSize.times(1) : .within(size)
    let notice = DiskCacheTests.Notices()
    _ = try DiskCachedDataset(set, scaledTo: other, file: "\(folder.path)/cache.tessera", notice: notice.add)
    let text = notice.all
    #expect(text.count == 1 && text[0].hasSuffix("holds samples of another size: it is rebuilt"), "\(text)")
  }
}

/// Noise that can be cached.
private struct FingerprintedNoise: FingerprintedDataset {
  let base = NoisePictures()
  let fingerprint: UInt64 = 3
  var labelSpace: LabelSpace { base.labelSpace }
  var count: Int { base.count }
  func name(at index: Int) -> String { "noise \(index)" }
  func sample(at index: Int) -> Sample { base.sample(at: index) }
  func sample(at index: Int, width: Int, height: Int) -> Sample {
    base.sample(at: index, width: width, height: height)
  }
}

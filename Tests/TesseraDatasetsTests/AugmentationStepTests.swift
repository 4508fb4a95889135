import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraTensors
import Testing

/// What each step does, compared with plain loops.
@Suite struct AugmentationStepTests {
  private let size = ImageSize(width: 40, height: 32)
  private let pictures = NoisePictures()

  private func samples(_ words: String, of dataset: (any SegmentationDataset)? = nil, count: Int = 30) throws
    -> [Sample]
  {
    let (list, dataset) = (try Augmentation(parsing: words), dataset ?? pictures)
    return try (0..<count).map { number in
      try list.sample(
        at: number % dataset.count, of: dataset, size: size, random: RandomStream(seed: 5).derived("t", number))
    }
  }

  /// A window of the picture, read at twice the size, whose sides are shares of their own.
  @Test func aCropStretchesAWindow() throws {
    struct Places: SegmentationDataset {
      let labelSpace = LabelSpace(names: (0..<80).map(String.init), void: 255)
      let count = 1
      let areRows: Bool
      func sample(at index: Int) -> Sample { sample(at: index, width: 80, height: 64) }
      func sample(at index: Int, width: Int, height: Int) -> Sample {
        #expect(width == 80 && height == 64)
        let indices = (0..<width * height).map { UInt16(areRows ? $0 / width : $0 % width) }
        return Sample(
          name: "places", image: Image(width: width, height: height, color: .black),
          mask: Mask(width: width, height: height, indices: indices, labelSpace: labelSpace))
      }
    }
    /// The lengths to which the line may have been scaled, if a window of it shows these places.
    func lengths(_ seen: [UInt16], of line: Int) -> Set<Int> {
      Set(
        (seen.count...2 * seen.count).filter { scaled in
          (0...scaled - seen.count).contains { start in
            seen.enumerated().allSatisfy { (2 * ($0.offset + start) + 1) * line / (2 * scaled) == Int($0.element) }
          }
        })
    }
    var (shapes, starts) = (Set<Bool>(), Set<UInt16>())
    for (across, down) in zip(
      try samples("crop=0.5", of: Places(areRows: false)), try samples("crop=0.5", of: Places(areRows: true)))
    {
      let columns = Array(across.mask.indices[..<40])
      let widths = lengths(columns, of: 80)
      let heights = lengths((0..<32).map { down.mask.indices[$0 * 40] }, of: 64)
      #expect(!widths.isEmpty && !heights.isEmpty)
      #expect((0..<1280).allSatisfy { across.mask.indices[$0] == columns[$0 % 40] })
      if let width = widths.max(), let height = heights.max() { shapes.insert(width * 32 > height * 40) }
      starts.insert(columns[0])
    }
    #expect(shapes.count == 2 && starts.count > 8)
  }

  @Test func balancedCropsHaveLessOfTheMostFrequentClass() throws {
    func greatest(_ sample: Sample) -> Double {
      var counts: [UInt16: Int] = [:]
      for index in sample.mask.indices where index != 255 { counts[index, default: 0] += 1 }
      return Double(counts.values.max() ?? 0) / Double(max(1, counts.values.reduce(0, +)))
    }
    let (plain, balanced) = (try samples("scale=2:4", count: 60), try samples("scale=2:4,balance=0.5", count: 60))
    for (plain, balanced) in zip(plain, balanced) {
      if greatest(plain) <= 0.5 { #expect(plain.mask == balanced.mask) }
      #expect(greatest(balanced) <= greatest(plain))
    }
    #expect(plain.count { greatest($0) <= 0.5 } + 5 < balanced.count { greatest($0) <= 0.5 })
  }

  @Test func flipsAreExactInBothDirections() throws {
    let plain = try samples("none", count: 60)
    var cases: [[Bool]: Int] = [:]
    for (own, plain) in zip(try samples("flip,vflip", count: 60), plain) {
      let found = [[false, false], [true, false], [false, true], [true, true]].first { flips in
        (0..<size.pixels).allSatisfy { place in
          let (x, y) = (place % 40, place / 40)
          let source = (flips[1] ? 31 - y : y) * 40 + (flips[0] ? 39 - x : x)
          return own.mask.indices[place] == plain.mask.indices[source]
            && (0..<3).allSatisfy { own.image.pixels[3 * place + $0] == plain.image.pixels[3 * source + $0] }
        }
      }
      cases[try #require(found), default: 0] += 1
    }
    #expect(cases.count == 4 && cases.values.allSatisfy { (6...24).contains($0) }, "\(cases)")
  }

  @Test(arguments: [255, nil] as [Int?]) func aRotationTurnsAroundTheCenter(void: Int?) {
    let sample = NoisePictures(void: void).sample(at: 0)
    var angles: [Double] = []
    for seed in 1...20 as ClosedRange<UInt64> {
      var random = RandomStream(seed: seed)
      let angle = Double(random.uniform(in: -1..<1)) * 30 * .pi / 180
      angles.append(angle)
      let oracle = SourceOracle(sample: sample) { x, y in
        let (dx, dy) = (x - 30.5, y - 18.5)
        return (30.5 + cos(angle) * dx + sin(angle) * dy, 18.5 - sin(angle) * dx + cos(angle) * dy)
      }
      let draw = SampleDraw(random: RandomStream(seed: seed)) { _ in sample }
      let beside = oracle.expect(Rotation(30).applied(to: sample, draw))
      #expect(void == nil || abs(angle) < 0.05 ? beside >= 0 : beside > 10)
    }
    #expect(angles.contains { $0 > 0.3 } && angles.contains { $0 < -0.3 })
  }

  /// Catmull-Rom splines through nine points, with one more point repeated beyond each end.
  @Test(arguments: [255, nil] as [Int?]) func elasticDeformationsAreSplinesThroughAGrid(void: Int?) {
    let sample = NoisePictures(void: void).sample(at: 0)
    func spline(_ points: [Double], at t: Double) -> Double {
      let line = [points[0]] + points + [points[2]]
      let first = min(Int(t * 2), 1)
      let (p0, p1, p2, p3, u) = (line[first], line[first + 1], line[first + 2], line[first + 3], t * 2 - Double(first))
      return p1 + 0.5 * u * (p2 - p0 + u * (2 * p0 - 5 * p1 + 4 * p2 - p3 + u * (3 * (p1 - p2) + p3 - p0)))
    }
    var sum = 0.0
    for seed in 1...12 as ClosedRange<UInt64> {
      var random = RandomStream(seed: seed)
      let shifts = (0..<9).map { _ in (Double(random.normal()) * 0.05 * 37, Double(random.normal()) * 0.05 * 37) }
      sum += shifts.reduce(0) { $0 + $1.0 * $1.0 + $1.1 * $1.1 }
      func shift(_ x: Double, _ y: Double, _ part: (Int) -> Double) -> Double {
        spline((0..<3).map { row in spline((0..<3).map { part(3 * row + $0) }, at: x / 61) }, at: y / 37)
      }
      let oracle = SourceOracle(sample: sample) { x, y in
        (x + shift(x, y) { shifts[$0].0 }, y + shift(x, y) { shifts[$0].1 })
      }
      let draw = SampleDraw(random: RandomStream(seed: seed)) { _ in sample }
      _ = oracle.expect(ElasticDeformation(0.05).applied(to: sample, draw))
    }
    #expect(abs((sum / 216).squareRoot() - 0.05 * 37) < 0.25, "\((sum / 216).squareRoot())")
  }

  @Test func colorsChangeByUpToTheirStrength() {
    let image = pictures.sample(at: 0).image
    for (seed, strength) in [(1, 0.2), (2, 0.4), (3, 1), (4, 0.05)] as [(UInt64, Float)] {
      var random = RandomStream(seed: seed)
      func factor() -> Float { 1 - strength + 2 * strength * random.uniform() }
      let factors = (factor(), factor(), factor(), 1.5 * strength * (2 * random.uniform() - 1))
      let expected = ColorChange(
        brightness: factors.0, contrast: factors.1, saturation: factors.2, hue: factors.3
      ).applied(to: image)
      let changed = ColorJitter(Double(strength)).changed(image, random: RandomStream(seed: seed))
      // The last bits of the factors may differ.
      #expect(zip(expected.pixels, changed.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
      #expect(changed != image)
    }
    #expect(ColorJitter(0).changed(image, random: RandomStream(seed: 1)) == image)
  }

  @Test(arguments: ["color=0.4", "blur=2", "noise=20", "cutout=0.5"]) func theMaskStays(word: String) throws {
    let (own, plain) = (try samples(word), try samples("none"))
    #expect(own.map(\.mask) == plain.map(\.mask))
    #expect(zip(own, plain).count { $0.pixels != $1.pixels } >= 20)
  }

  /// After a rotation; colors that come before it change before there is padding.
  @Test(arguments: ["color=0.5", "blur=2", "noise=20"]) func whatLiesBesideAPictureKeepsItsColor(word: String) throws {
    struct Stripes: SegmentationDataset {
      let labelSpace = LabelSpace(names: ["a"], void: 255)
      let count = 1
      func sample(at index: Int) -> Sample { sample(at: index, width: 40, height: 32) }
      func sample(at index: Int, width: Int, height: Int) -> Sample {
        let pixels = (0..<width * height).flatMap { $0 % 2 == 0 ? [10, 200, 30] : [90, 20, 60] as [UInt8] }
        return Sample(
          name: "stripes", image: Image(width: width, height: height, channels: 3, pixels: pixels),
          mask: Mask(
            width: width, height: height, indices: [UInt16](repeating: 0, count: width * height),
            labelSpace: labelSpace))
      }
    }
    for (list, geometry) in [("rotate=40,\(word)", "rotate=40"), ("scale=0.5:0.9,\(word)", "scale=0.5:0.9")] {
      var (beside, changed) = (0, 0)
      for (own, before) in zip(try samples(list, of: Stripes()), try samples(geometry, of: Stripes())) {
        #expect(own.mask == before.mask)
        if own.pixels != before.pixels { changed += 1 }
        for (place, kind) in own.mask.indices.enumerated() where kind == 255 {
          beside += 1
          #expect(own.image.pixels[3 * place..<3 * place + 3].allSatisfy { $0 == 128 })
        }
      }
      #expect(beside > 1000 && changed >= 20)
    }
  }

  @Test func blurIsAGaussian() {
    for channels in [1, 3] {
      let noise = pictures.sample(at: 1).image
      let image = Image(
        width: 20, height: 44, channels: channels, pixels: Array(noise.pixels.prefix(20 * 44 * channels)))
      var stream = RandomStream(seed: 9)
      let deviation = Double(stream.uniform()) * 3
      let blurred = GaussianBlur(3).changed(image, random: RandomStream(seed: 9))
      let reach = Int((3 * deviation).rounded(.up))
      let line = (-reach...reach).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
      let total = line.reduce(0, +)
      for place in stride(from: 0, to: 20 * 44 * channels, by: 7) {
        let (x, y, channel) = (place / channels % 20, place / channels / 20, place % channels)
        var sum = 0.0
        for (row, rowWeight) in zip(-reach...reach, line) {
          for (column, columnWeight) in zip(-reach...reach, line) {
            let (sx, sy) = (min(max(x + column, 0), 19), min(max(y + row, 0), 43))
            sum += rowWeight * columnWeight * Double(image.pixels[(sy * 20 + sx) * channels + channel])
          }
        }
        #expect(abs(Double(blurred.pixels[place]) - sum / (total * total)) < 0.51)
      }
    }
  }

  @Test func noiseIsAddedToEverySample() {
    let gray = Image(width: 100, height: 100, color: Color(128, 128, 128))
    for seed in 1...5 as ClosedRange<UInt64> {
      var random = RandomStream(seed: seed)
      let deviation = Double(random.uniform()) * 20
      let pixels = GaussianNoise(20).changed(gray, random: RandomStream(seed: seed)).pixels.map { Double($0) - 128 }
      let expected = pixels.indices.map { _ in Double(random.normal()) * deviation }
      #expect(zip(pixels, expected).allSatisfy { abs($0 - $1) < 0.51 })
      let found = (pixels.reduce(0) { $0 + $1 * $1 } / 30000).squareRoot()
      #expect(abs(found - deviation) < 0.02 * deviation + 0.1, "\(found) and \(deviation)")
    }
  }

  @Test func cutOutHidesARectangle() throws {
    var areas: [Int] = []
    for (own, plain) in zip(try samples("cutout=0.5"), try samples("none")) {
      let changed = (0..<size.pixels).filter { pixel in
        own.image.pixels[3 * pixel..<3 * pixel + 3] != plain.image.pixels[3 * pixel..<3 * pixel + 3]
      }
      #expect(changed.allSatisfy { own.image.pixels[3 * $0..<3 * $0 + 3].allSatisfy { $0 == 128 } })
      guard let first = changed.first, let last = changed.last else { continue }
      let columns = changed.map { $0 % 40 }
      let width = (columns.max() ?? 0) - (columns.min() ?? 0) + 1
      areas.append(changed.count)
      #expect(changed.count == width * (last / 40 - first / 40 + 1) && width <= 20)
    }
    #expect(Set(areas).count > 10)
  }

  /// To a network, what is hidden is what lies beside a picture; the classes stay.
  @Test func whatIsHiddenGetsTheLoadersPadding() async throws {
    func batch(_ words: String) async throws -> Batch {
      let loader = DataLoader(
        pictures.subset([0]), batchSize: 1, imageSize: size, augmentation: try Augmentation(parsing: words), seed: 2
      ).padded(with: [1.25, 2.5, 3.75])
      for try await batch in loader.epoch(0) { return batch }
      throw CancellationError()
    }
    let (own, plain) = (try await batch("cutout=1"), try await batch("none"))
    #expect(own.masks == plain.masks)
    let hidden = (0..<size.pixels).filter { own.images.scalars[3 * $0] == 1.25 }
    #expect(hidden.count > 20 && hidden.count < size.pixels)
    #expect(hidden.allSatisfy { own.images.scalars[3 * $0 + 2] == 3.75 })
  }

  /// Each pixel and its class are the sample's own or the other's, in a rectangle.
  @Test func cutMixTakesImageAndMaskFromTheSamePlace() throws {
    let plain = (0..<pictures.count).map { pictures.sample(at: $0, width: 40, height: 32) }
    func shows(_ source: Sample, _ sample: Sample, at pixel: Int) -> Bool {
      let colors = 3 * pixel..<3 * pixel + 3
      return source.mask.indices[pixel] == sample.mask.indices[pixel]
        && source.image.pixels[colors] == sample.image.pixels[colors]
    }
    var mixed = 0
    for (number, sample) in try samples("cutmix=1", count: 60).enumerated() {
      let own = plain[number % 3]
      let others = plain.filter { other in
        (0..<size.pixels).allSatisfy { shows(own, sample, at: $0) || shows(other, sample, at: $0) }
      }
      #expect(!others.isEmpty && sample.name == own.name)
      let foreign = (0..<size.pixels).filter { !shows(own, sample, at: $0) }
      guard let first = foreign.first, let last = foreign.last else { continue }
      mixed += 1
      let columns = foreign.map { $0 % 40 }
      let area = ((columns.max() ?? 0) - (columns.min() ?? 0) + 1) * (last / 40 - first / 40 + 1)
      #expect(foreign.count == area)
    }
    // A third of the others is the picture itself.
    #expect((25...55).contains(mixed), "\(mixed)")
    let half = zip(try samples("cutmix=0.3", count: 60), try samples("none", count: 60)).count {
      $0.pixels != $1.pixels
    }
    #expect((4...24).contains(half), "\(half)")
  }

  /// The other picture has gone through the steps before: here everything is 255 minus noise on black.
  @Test func cutMixMixesPicturesThatTheStepsBeforeHaveChanged() throws {
    struct Inverted: PhotometricStep {
      let word = "inverted"
      func changed(_ image: Image, random: RandomStream) -> Image {
        Image(
          width: image.width, height: image.height, channels: image.channels, pixels: image.pixels.map { 255 - $0 })
      }
    }
    struct Black: SegmentationDataset {
      let labelSpace = LabelSpace(names: ["a", "b"], void: 255)
      let count = 2
      func sample(at index: Int) -> Sample { sample(at: index, width: 8, height: 8) }
      func sample(at index: Int, width: Int, height: Int) -> Sample {
        let space = labelSpace
        return Sample(
          name: "black",
          image: Image(
            width: width, height: height, channels: index == 0 ? 1 : 3,
            pixels: [UInt8](repeating: UInt8(index), count: width * height * (index == 0 ? 1 : 3))),
          mask: Mask(
            width: width, height: height, indices: [UInt16](repeating: UInt16(index), count: width * height),
            labelSpace: space))
      }
    }
    var mixed = 0
    for seed in 1...20 as ClosedRange<UInt64> {
      for index in 0..<2 {
        let sample = try Augmentation([Inverted(), CutMix(1)]).sample(
          at: index, of: Black(), size: size, random: RandomStream(seed: seed))
        for (place, kind) in sample.mask.indices.enumerated() {
          let channels = sample.image.channels
          #expect(
            sample.image.pixels[channels * place..<channels * (place + 1)].allSatisfy { $0 == 255 - UInt8(kind) })
          if Int(kind) != index { mixed += 1 }
        }
      }
    }
    #expect(mixed > 1000)
  }

  @Test(arguments: ["rotate=30,elastic=0.1", "crop=0.5", "cutout=0.5,cutmix", "color,blur,noise,vflip"])
  func pixelsOfAnyKindMoveWithTheirMasks(words: String) throws {
    for channels in [1, 4] {
      for sample in try samples(words, of: ChannelDataset(channels: channels, count: 4)) {
        #expect(sample.pixels.channels == channels)
        for (place, kind) in sample.mask.indices.enumerated() {
          for channel in 0..<channels {
            let number = sample.pixels.tensor.scalars[place * channels + channel]
            let isHidden = words.contains("cutout") && number == 0
            // Interpolation mixes neighbors of two classes.
            #expect(kind == 255 ? number == 0 : isHidden || abs(number - Float(100 * channel + Int(kind))) <= 2.01)
          }
        }
      }
    }
  }
}

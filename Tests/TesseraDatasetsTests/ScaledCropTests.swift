import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraTensors
import Testing

@Suite struct ScaledCropTests {
  private let size = ImageSize(width: 48, height: 32)

  /// A patchwork of rectangles whose colors tell their classes, at twice the size of its crops.
  private func patchwork(void: Int? = 255, shares: [Double]? = nil, of size: ImageSize? = nil) -> Sample {
    let space = LabelSpace(names: (0..<8).map { "class \($0)" }, void: void)
    let size = size ?? self.size
    let (width, height) = (2 * size.width, 2 * size.height)
    var (pixels, indices): ([UInt8], [UInt16]) = ([], [])
    for row in 0..<height {
      for column in 0..<width {
        let kind: Int
        if let shares {
          kind = shares.firstIndex { Double(column) < $0 * Double(width) } ?? shares.count
        } else {
          kind = (column / 16 + 3 * (row / 16)) % 8
        }
        pixels += color(of: kind)
        indices.append(UInt16(kind))
      }
    }
    return Sample(
      name: "patchwork", image: Image(width: width, height: height, channels: 3, pixels: pixels),
      mask: Mask(width: width, height: height, indices: indices, labelSpace: space))
  }

  private func color(of kind: Int) -> [UInt8] {
    [UInt8(30 * kind + 10), UInt8(kind % 2 * 200 + 20), UInt8(kind / 2 * 60)]
  }

  private func crop(_ sample: Sample, _ number: Int) -> ScaledCrop {
    ScaledCrop(of: sample, size: size, random: RandomStream(seed: 3).derived("crop", number))
  }

  @Test(arguments: [255, 0, nil] as [Int?]) func imageAndMaskAgreePixelByPixel(void: Int?) {
    let sample = patchwork(void: void)
    let kinds = Dictionary(uniqueKeysWithValues: (0..<8).map { (color(of: $0), UInt16($0)) })
    for number in 0..<60 {
      let cropped = crop(sample, number).applied(to: sample)
      #expect(cropped.image.width == size.width && cropped.mask.height == size.height)
      let pixels = cropped.image.pixels
      var (pure, wrong) = (0, 0)
      for (offset, index) in cropped.mask.indices.enumerated() {
        // A color between two is a border's, which the mask gives to one of both.
        guard let kind = kinds[Array(pixels[3 * offset..<3 * offset + 3])] else { continue }
        pure += 1
        if kind != index { wrong += 1 }
      }
      #expect(wrong == 0)
      let inside = cropped.mask.indices.count { void != 255 || $0 != 255 }
      #expect(pure > inside / 8 || void == 0, "\(pure) of \(inside) pixels of crop \(number)")
    }
  }

  @Test func cropsAreWindowsOfTheScaledPicture() {
    let sample = patchwork()
    for number in 0..<40 {
      let crop = crop(sample, number)
      let scaled = crop.scaled
      let (image, mask) = (
        sample.image.resized(toWidth: scaled.width, height: scaled.height),
        sample.mask.resized(toWidth: scaled.width, height: scaled.height)
      )
      let cropped = crop.applied(to: sample)
      #expect(
        cropped.mask
          == mask.window(left: crop.left, top: crop.top, width: size.width, height: size.height, index: 255))
      let expected = image.window(
        left: crop.left, top: crop.top, width: size.width, height: size.height, color: Color(128, 128, 128))
      #expect(cropped.image == expected)
    }
  }

  @Test(arguments: [(255, -1.0), (nil, 0.0)] as [(Int?, Double)])
  func scalesAreUniformInTheirLogarithm(void: Int?, least: Double) {
    let large = ImageSize(width: 240, height: 120)
    let sample = patchwork(void: void, of: large)
    let logs = (0..<2000).map { number in
      let crop = ScaledCrop(of: sample, size: large, random: RandomStream(seed: 1).derived("scale", number))
      // The aspect stays, to half a pixel.
      #expect(abs(crop.scaled.width - 2 * crop.scaled.height) <= 1)
      return log2(Double(crop.scaled.width) / 240)
    }
    #expect(logs.allSatisfy { (least - 0.01...1.01).contains($0) })
    // Mean and deviation of a uniform distribution; the bounds are four standard errors.
    let mean = logs.reduce(0, +) / 2000
    let deviation = (logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2000).squareRoot()
    let width = 1 - least
    #expect(abs(mean - (least + 1) / 2) < 4 * width / (12 * 2000.0).squareRoot())
    #expect(abs(deviation - width / 12.squareRoot()) < 0.02 * width)
  }

  @Test func placesReachEveryEdge() {
    let sample = patchwork()
    let crops = (0..<400).map { crop(sample, $0) }
    let places = crops.filter { $0.scaled.width >= size.width + 10 }.map { crop in
      Double(crop.left) / Double(crop.scaled.width - size.width)
    }
    #expect(places.min()! < 0.05 && places.max()! > 0.95)
    #expect(crops.contains { $0.top < 0 } && crops.contains { $0.top > 0 })
    #expect(crops.allSatisfy { $0.left <= max(0, $0.scaled.width - size.width) })
    #expect(crops.allSatisfy { $0.left >= min(0, $0.scaled.width - size.width) })
  }

  /// The greatest class's share of what a crop shows.
  private func share(_ mask: Mask) -> Double {
    let counts = mask.histogram.filter { $0.key != mask.labelSpace.void }
    return Double(counts.values.max() ?? 0) / Double(counts.values.reduce(0, +))
  }

  @Test func noClassCoversMoreThanItsShareWhereThatCanBeHad() {
    // Seven tenths of one class, the rest another: a random window often shows the one alone.
    let sample = patchwork(shares: [0.7])
    var (limited, unlimited) = (0, 0)
    for number in 0..<300 {
      let crop = crop(sample, number)
      if share(crop.applied(to: sample).mask) > ScaledCrop.classShareLimit { limited += 1 }
      let (width, height) = (crop.scaled.width, crop.scaled.height)
      guard width > size.width else { continue }
      // One place, without a second try.
      var random = RandomStream(seed: 9).derived("place", number)
      let window = sample.mask.resized(toWidth: width, height: height).window(
        left: random.index(below: width - size.width + 1), top: 0, width: size.width, height: min(size.height, height),
        index: 255)
      if share(window) > ScaledCrop.classShareLimit { unlimited += 1 }
    }
    #expect(unlimited > 50)
    #expect(limited < unlimited / 10)
  }

  @Test func aPictureOfOneClassIsCroppedAllTheSame() {
    let sample = patchwork(shares: [1])
    for number in 0..<20 { #expect(share(crop(sample, number).applied(to: sample).mask) == 1) }
  }

  @Test func theMostVariedPlaceIsTakenWhereNoneIsWithinTheLimit() {
    // A sliver of another class that a few places show: those are preferred to places that do not.
    let sample = patchwork(shares: [0.04])
    let shown = (0..<300).count { number in
      let crop = crop(sample, number)
      return crop.scaled.width > 3 * size.width / 2 && crop.applied(to: sample).mask.indices.contains(0)
    }
    let possible = (0..<300).count { crop(sample, $0).scaled.width > 3 * size.width / 2 }
    #expect(possible > 50 && shown > possible / 2)
  }
}

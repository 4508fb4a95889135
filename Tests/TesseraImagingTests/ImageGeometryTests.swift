import TesseraImaging
import TesseraTensors
import TestSupport
import Testing

@Suite struct ImageGeometryTests {
  // Pillow rounds to 8 bits between the horizontal and the vertical pass, so a level of difference is allowed.
  @Test(arguments: ["7x5", "46x34", "12x17", "23x40", "1x1", "3x60"])
  func resizingEqualsPillowsBilinear(size: String) throws {
    let expected = try Golden.expected("resize-\(size)")
    let resized = try Golden.expected("rgb").resized(toWidth: expected.width, height: expected.height)
    #expect(resized.width == expected.width && resized.height == expected.height)
    #expect(greatestDifference(resized, expected) <= 1)
  }

  @Test func resizingSixteenBitsKeepsTheDepth() throws {
    let constant = Image(
      width: 5, height: 4, channels: 1, samples: .sixteenBit([UInt16](repeating: 65535, count: 20)))
    let resized = constant.resized(toWidth: 3, height: 9)
    #expect(resized.samples == .sixteenBit([UInt16](repeating: 65535, count: 27)))
    let ramp = Image(width: 4, height: 1, channels: 1, samples: .sixteenBit([100, 300, 1000, 3000]))
    // Half: triangles of half-width 2 around 1 and 3; weights 3, 3, 1 of 7 (the fourth lies outside), and mirrored.
    #expect(ramp.resized(toWidth: 2, height: 1).samples == .sixteenBit([314, 1757]))
  }

  @Test func tensorsHoldRedGreenBlueInBytes() {
    let color = Image(width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 253, 254, 255])
    #expect(color.tensor == Tensor([1, 2, 3, 253, 254, 255], shape: [1, 2, 3]))
    let grey = Image(width: 1, height: 2, channels: 1, pixels: [7, 200])
    #expect(grey.tensor == Tensor([7, 7, 7, 200, 200, 200], shape: [2, 1, 3]))
    let deep = Image(width: 1, height: 1, channels: 1, samples: .sixteenBit([65535]))
    #expect(deep.tensor.scalars.allSatisfy { abs($0 - 255) < 1e-4 })
  }

  @Test func imagesFromTensorsAreRoundedAndClamped() {
    let tensor = Tensor([-3, 0.4, 0.6, 254.6, 300, .nan], shape: [1, 2, 3])
    #expect(Image(tensor).pixels == [0, 0, 1, 255, 255, 0])
    #expect(Image(Tensor([1, 2], shape: [2, 1])) == Image(width: 1, height: 2, channels: 1, pixels: [1, 2]))
    let image = sampleImage(width: 5, height: 7)
    #expect(Image(image.tensor) == image)
  }

  @Test func flippingMirrorsColumns() {
    let image = Image(width: 3, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6])
    #expect(image.flippedHorizontally().pixels == [3, 2, 1, 6, 5, 4])
    let color = sampleImage(width: 6, height: 5)
    #expect(color.flippedHorizontally() != color)
    #expect(color.flippedHorizontally().flippedHorizontally() == color)
  }

  @Test func croppingPaddingAndEnlarging() {
    let image = Image(width: 3, height: 2, channels: 1, samples: .sixteenBit([1, 2, 3, 4, 5, 6]))
    #expect(image.cropped(left: 1, top: 0, width: 2, height: 2).samples == .sixteenBit([2, 3, 5, 6]))
    #expect(
      image.padded(toWidth: 4, height: 3, color: .white).samples
        == .sixteenBit([1, 2, 3, 65535, 4, 5, 6, 65535, 65535, 65535, 65535, 65535]))
    let dot = Image(width: 1, height: 1, color: Color(1, 2, 3))
    #expect(dot.padded(toWidth: 2, height: 1, color: Color(7, 8, 9)).pixels == [1, 2, 3, 7, 8, 9])
    #expect(
      Image(width: 2, height: 1, channels: 1, pixels: [1, 2]).enlarged(by: 2).pixels == [1, 1, 2, 2, 1, 1, 2, 2])
  }

  @Test func pixelsOfDeepImagesAreRoundedAndWritable() {
    var image = Image(width: 3, height: 1, channels: 1, samples: .sixteenBit([0, 129, 65535]))
    #expect(image.pixels == [0, 1, 255])
    image.pixels[0] = 9
    #expect(image.samples == .eightBit([9, 1, 255]))
  }

  @Test func croppingOutsideStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = sampleImage(width: 4, height: 3).cropped(left: 2, top: 0, width: 3, height: 3)
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
    #expect(message.contains("Image.cropped: 3 x 3 pixels from (2, 0) do not lie within 4 x 3"))
  }
}

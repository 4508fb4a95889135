import TesseraImaging
import TesseraTensors
import TestSupport
import Testing

@Suite struct PixelsTests {
  /// Four channels that differ in each pixel.
  private let tensor = Tensor((0..<3 * 5 * 4).map { Float($0 * 7 % 61) * 4 - 20 }, shape: [3, 5, 4])

  @Test func photographsAndTensorsKnowTheirSize() {
    let pixels = Pixels(tensor)
    #expect(pixels.width == 5 && pixels.height == 3 && pixels.channels == 4 && pixels.tensor == tensor)
    let photograph = Pixels(Image(width: 4, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6, 7, 8]))
    #expect(photograph.width == 4 && photograph.height == 2 && photograph.channels == 3)
    #expect(photograph.tensor[1, 0, 2] == 5)
  }

  /// Photographs are rounded once at the end: tensors of the same numbers give the same but for that.
  @Test(arguments: [(9, 7), (23, 17), (40, 30), (5, 31), (1, 1)])
  func tensorsAreScaledAsPhotographsAre(width: Int, height: Int) {
    let image = sampleImage(width: 23, height: 17)
    let scaled = Pixels(image.tensor).resized(toWidth: width, height: height).tensor
    let expected = image.resized(toWidth: width, height: height).tensor
    #expect(scaled.shape == [height, width, 3])
    #expect(zip(scaled.scalars, expected.scalars).allSatisfy { abs($0 - $1) <= 0.501 })
  }

  @Test func scalingAPartGivesThePartOfTheScaled() {
    let whole = Pixels(tensor).resized(toWidth: 8, height: 7).tensor
    let part = Pixels(tensor).resized(toWidth: 8, height: 7, columns: 2..<6, rows: 3..<5).tensor
    for (row, column, channel) in [(0, 0, 0), (1, 3, 2), (0, 2, 3)] {
      #expect(part[row, column, channel] == whole[row + 3, column + 2, channel])
    }
    #expect(part.shape == [2, 4, 4])
  }

  @Test func flipsAndWindowsMoveAllChannels() {
    let flipped = Pixels(tensor).flippedHorizontally().tensor
    let window = Pixels(tensor).window(left: -1, top: 1, width: 3, height: 4, color: .white).tensor
    for channel in 0..<4 {
      #expect(flipped[2, 0, channel] == tensor[2, 4, channel] && flipped[1, 3, channel] == tensor[1, 1, channel])
      #expect(
        window[0, 0, channel] == 0 && window[3, 1, channel] == 0 && window[1, 2, channel] == tensor[2, 1, channel])
    }
  }

  @Test func picturesForPeopleShowThreeChannelsOrOne() {
    let image = Pixels(tensor).image
    #expect(image.channels == 3 && image.pixels.prefix(3) == [0, 8, 36])
    let scan = Pixels(Tensor([-3, 0.6, 300, 17], shape: [2, 1, 2])).image
    #expect(scan.channels == 1 && scan.pixels == [0, 255])
  }

  @Test func whatHasNoChannelsStopsWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Pixels(.zeros([4, 4]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("Pixels: expects [height, width, channels]; got [4, 4]"))
  }
}

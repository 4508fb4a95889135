import Foundation
import TesseraImaging
import Testing

@Suite struct FramingTests {
  @Test(arguments: [
    ("stretch", Framing.stretch), ("pad", .pad), ("crop", .crop()), ("crop=0.5", .crop(scale: 0.5)),
    ("crop=1", .crop(scale: 1)),
  ])
  func wordsAreReadAndWritten(word: String, framing: Framing) throws {
    #expect(Framing(word) == framing)
    #expect(Framing(framing.description) == framing)
    let data = try JSONEncoder().encode([framing])
    #expect(try JSONDecoder().decode([Framing].self, from: data) == [framing])
  }

  @Test(arguments: ["", "Pad", "crop=", "crop=0", "crop=0.01", "crop=1.5", "crop=nan", "crop=x", "pad=1", "crop:0.5"])
  func otherWordsAreNone(word: String) {
    #expect(Framing(word) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Framing].self, from: JSONEncoder().encode([word]))
    }
  }

  @Test(arguments: [
    (ScaledSize.exactly(ImageSize(width: 128, height: 96)), 640, 480, 128, 96),
    (.exactly(64), 10, 1000, 64, 64), (.within(128), 640, 480, 128, 96), (.within(128), 480, 640, 96, 128),
    (.within(128), 10, 10, 128, 128), (.within(128), 1, 10_000, 1, 128), (.within(128), 10_000, 1, 128, 1),
    (.within(ImageSize(width: 480, height: 360)), 683, 512, 480, 360), (.within(7), 3, 2, 7, 5),
    (.times(1), 683, 512, 683, 512), (.times(0.5), 683, 512, 342, 256), (.times(0.05), 3, 100, 1, 5),
  ])
  func sizesFollowFromThePicturesOwn(scaled: ScaledSize, width: Int, height: Int, newWidth: Int, newHeight: Int) {
    let size = scaled.size(of: ImageSize(width: width, height: height))
    #expect(size == ImageSize(width: newWidth, height: newHeight), "\(size)")
  }

  /// No shape makes a picture larger than its frame.
  @Test func whatFitsIsNeverLargerThanItsFrame() {
    let frame = ImageSize(width: 31, height: 17)
    for width in 1...70 {
      for height in 1...70 {
        let size = ScaledSize.within(frame).size(of: ImageSize(width: width, height: height))
        #expect(size.width <= 31 && size.height <= 17 && (size.width == 31 || size.height == 17))
      }
    }
  }
}

import TesseraImaging
import TesseraPictures
import TestSupport
import Testing

@Suite struct PredictionPictureTests {
  private let space = LabelSpace(names: ["unlabelled", "sky", "building", "road", "tree"], void: 0)

  private func mask(_ width: Int, _ height: Int, _ indices: [UInt16]) -> Mask {
    let pixels = (0..<width * height).map { indices[$0 * indices.count / (width * height)] }
    return Mask(width: width, height: height, indices: pixels, labelSpace: space)
  }

  private func color(of image: Image, x: Int, y: Int) -> Color {
    let start = (y * image.width + x) * 3
    return Color(image.pixels[start], image.pixels[start + 1], image.pixels[start + 2])
  }

  private func colors(of image: Image) -> Set<Color> {
    let pixels = image.pixels
    return Set(stride(from: 0, to: pixels.count, by: 3).map { Color(pixels[$0], pixels[$0 + 1], pixels[$0 + 2]) })
  }

  @Test func smallPicturesAreEnlargedByAWholeFactor() {
    let photo = sampleImage(width: 100, height: 60)
    let picture = PredictionPicture(of: photo, truth: mask(100, 60, [1, 2]), prediction: mask(100, 60, [1, 3])).image
    // Three panels of 300 pixels, two gaps of 16, two margins of 20.
    #expect(picture.width == 972)
    let large = sampleImage(width: 300, height: 20)
    let single = PredictionPicture(of: large, truth: nil, prediction: mask(300, 20, [1])).image
    #expect(single.width == 2 * 300 + 16 + 40)
  }

  @Test func legendShowsTheClassesThatOccurAndNoOthers() {
    let grey = Image(width: 240, height: 40, color: Color(128, 128, 128))
    let picture = PredictionPicture(of: grey, truth: mask(240, 40, [1, 2]), prediction: mask(240, 40, [3, 3])).image
    let found = colors(of: picture)
    for index in [1, 2, 3] { #expect(found.contains(space.color(of: index))) }
    #expect(!found.contains(space.color(of: 4)))
    #expect(!found.contains(.black))
    // Below the panels swatches of 14 x 14 pixels remain, one a class.
    let legend = picture.cropped(left: 0, top: picture.height - 40, width: picture.width, height: 40)
    for index in [1, 2, 3] {
      let color = space.color(of: index)
      let pixels = stride(from: 0, to: legend.pixels.count, by: 3).filter {
        Color(legend.pixels[$0], legend.pixels[$0 + 1], legend.pixels[$0 + 2]) == color
      }
      #expect(pixels.count == 14 * 14)
    }
  }

  @Test func panelsStandSideBySide() {
    let blue = Image(width: 240, height: 40, color: Color(10, 20, 200))
    let picture = PredictionPicture(of: blue, truth: mask(240, 40, [1]), prediction: mask(240, 40, [2])).image
    // Margin 20, caption 14, gap 10: the panels' tops are at 44.
    #expect(color(of: picture, x: 20, y: 44) == Color(10, 20, 200))
    #expect(color(of: picture, x: 20 + 240 + 16, y: 44) == space.color(of: 1))
    #expect(color(of: picture, x: 20 + 2 * 256 + 239, y: 44 + 39) == space.color(of: 2))
  }

  @Test func marginsStayCleanHoweverLongTheNames() {
    let names = (0..<40).map { "a class with a rather long name, number \($0)" } + [String(repeating: "W", count: 300)]
    let long = LabelSpace(names: names, void: nil)
    let indices = (0..<120 * 41).map { UInt16($0 % 41) }
    let prediction = Mask(width: 120, height: 41, indices: indices, labelSpace: long)
    let picture = PredictionPicture(
      of: sampleImage(width: 120, height: 41), truth: nil, prediction: prediction,
      title: String(repeating: "title ", count: 100)
    ).image
    for (left, top, width, height) in [
      (0, 0, picture.width, 19), (0, 0, 19, picture.height), (picture.width - 19, 0, 19, picture.height),
      (0, picture.height - 12, picture.width, 12),
    ] {
      #expect(colors(of: picture.cropped(left: left, top: top, width: width, height: height)).count == 1)
    }
  }

  @Test func textIsDrawnAndDiffers() {
    let photo = sampleImage(width: 240, height: 20)
    let pictures = ["", "il", "li", "\u{E9}", "e", "?", "\u{4E2D}"].map {
      PredictionPicture(of: photo, truth: nil, prediction: mask(240, 20, [1]), title: $0).image
    }
    #expect(pictures[1] != pictures[0])
    #expect(pictures[1] != pictures[2])
    #expect(pictures[3] == pictures[4], "accents are dropped")
    #expect(pictures[5] == pictures[6], "what has no glyph is a question mark")
  }

  @Test func otherSizesStop() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let space = LabelSpace(names: ["a"], void: nil)
      let mask = Mask(width: 2, height: 1, indices: [0, 0], labelSpace: space)
      _ = PredictionPicture(of: sampleImage(width: 3, height: 3), truth: nil, prediction: mask)
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
    #expect(message.contains("PredictionPicture: the masks must be 3 x 3 like the photograph; got 2 x 1"))
  }
}

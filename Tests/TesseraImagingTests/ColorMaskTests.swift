import TesseraImaging
import Testing

@Suite struct ColorMaskTests {
  private let space = LabelSpace(
    classes: [
      .init(name: "sky", color: Color(128, 128, 128)), .init(name: "road", color: Color(128, 64, 128)),
      .init(name: "car", color: Color(64, 0, 128)),
    ], void: 255)

  @Test func colorsAreReadBackAsTheyWereDrawn() throws {
    let mask = Mask(width: 3, height: 2, indices: [0, 1, 1, 255, 2, 0], labelSpace: space)
    #expect(try Mask(colors: mask.colored, labelSpace: space) == mask)
    let ade = Mask(width: 3, height: 1, indices: [0, 149, 150], labelSpace: .ade20k)
    #expect(try Mask(colors: ade.colored, labelSpace: .ade20k) == ade)
  }

  @Test func greyPicturesHaveGreyColors() throws {
    let image = Image(width: 2, height: 1, channels: 1, pixels: [128, 0])
    #expect(try Mask(colors: image, labelSpace: space).indices == [0, 255])
  }

  @Test func blackIsAClassWhereTheLabelSpaceSaysSo() throws {
    let space = LabelSpace(classes: [.init(name: "none", color: .black), .init(name: "x", color: .white)], void: 255)
    let image = Image(width: 2, height: 1, channels: 1, pixels: [0, 255])
    #expect(try Mask(colors: image, labelSpace: space).indices == [0, 1])
  }

  @Test func allUnknownColorsAreListedWithCountsAndAPlace() {
    var image = Mask(width: 3, height: 2, indices: [0, 1, 1, 255, 2, 0], labelSpace: space).colored
    image.pixels.replaceSubrange(3..<6, with: [1, 2, 255])
    image.pixels.replaceSubrange(9..<15, with: [255, 8, 0, 255, 8, 0])
    let error = #expect(throws: MaskError.self) { try Mask(colors: image, labelSpace: space, name: "a.png") }
    #expect(
      error?.description
        == "a.png: #ff0800 (2 px, x = 0, y = 1; nearest: road #804080), #0102ff (1 px, x = 1, y = 0; nearest: car #400080) are colors of no class (with the first "
        + "pixel of each); assign each of them to a class, or correct the picture")
  }

  @Test func aPhotographIsNotMeantAsAMask() throws {
    let pixels = (0..<300).flatMap { number -> [UInt8] in [UInt8(number % 256), UInt8(number / 256), 7] }
    let image = Image(width: 300, height: 1, channels: 3, pixels: pixels)
    let error = #expect(throws: MaskError.self) { try Mask(colors: image, labelSpace: space) }
    let text = try #require(error).description
    #expect(text.contains("and 288 more colors are colors of no class"))
    #expect(
      text.hasSuffix(
        "so many colors suggest a picture that was not meant as a mask, or one scaled or compressed with loss"))
  }

  @Test func aColorOfTwoClassesStandsForNeither() throws {
    let space = LabelSpace(
      classes: [.init(name: "a", color: .white), .init(name: "b", color: .white), .init(name: "c", color: .black)],
      void: nil)
    #expect(try Mask(colors: Image(width: 1, height: 1, color: .black), labelSpace: space).indices == [2])
    let error = #expect(throws: MaskError.self) {
      try Mask(colors: Image(width: 1, height: 1, color: .white), labelSpace: space)
    }
    #expect(
      error?.description
        == "picture: #ffffff is the color of a and of b, so the class is ambiguous; give each its own color"
    )
  }
}

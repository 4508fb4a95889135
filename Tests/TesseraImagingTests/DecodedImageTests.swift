import TesseraImaging
import Testing

@Suite struct DecodedImageTests {
  /// The files store 23 x 17 pixels each.
  private static let orientations = 1...8

  /// Wanted sizes of an upright picture that lies, and what is decoded for them.
  private static let wishes =
    [
      (wanted: nil, decoded: (23, 17)), ((13, 9), (23, 17)), ((12, 9), (12, 9)), ((6, 5), (6, 5)), ((1, 1), (3, 3)),
    ] as [(wanted: (Int, Int)?, decoded: (Int, Int))]

  @Test(arguments: orientations, wishes)
  func fullSizeIsUprightAtEveryDecodedSize(orientation: Int, wish: (wanted: (Int, Int)?, decoded: (Int, Int))) throws {
    let stands = orientation >= 5
    func upright(_ size: (Int, Int)) -> (width: Int, height: Int) {
      stands ? (width: size.1, height: size.0) : (width: size.0, height: size.1)
    }
    let path = Golden.path("exif\(orientation).jpg")
    let decoded = try DecodedImage(contentsOf: path, atLeast: wish.wanted.map(upright))
    #expect((decoded.image.width, decoded.image.height) == upright(wish.decoded))
    #expect((decoded.fullWidth, decoded.fullHeight) == upright((23, 17)))
    #expect(try decoded.image == Image(contentsOf: path, atLeast: wish.wanted.map(upright)))
  }

  @Test(arguments: [("luma", 23, 17), ("progressive", 23, 17), ("cmyk", 23, 17), ("large", 150, 100)])
  func everyKindOfJPEGTellsItsFullSize(name: String, width: Int, height: Int) throws {
    let decoded = try DecodedImage(contentsOf: Golden.path("\(name).jpg"), atLeast: (width: 1, height: 1))
    #expect(decoded.image.width == (width + 7) / 8 && decoded.image.height == (height + 7) / 8)
    #expect(decoded.fullWidth == width && decoded.fullHeight == height)
  }

  @Test(arguments: ["rgb", "grey16", "palette4", "rgb-interlaced"])
  func pngsAreNeverReduced(name: String) throws {
    let decoded = try DecodedImage(contentsOf: Golden.path("\(name).png"), atLeast: (width: 1, height: 1))
    #expect(try decoded.image == Golden.expected(name))
    #expect(decoded.fullWidth == decoded.image.width && decoded.fullHeight == decoded.image.height)
  }
}

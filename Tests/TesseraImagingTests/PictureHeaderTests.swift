import TesseraImaging
import Testing

/// What is told about a picture without decoding it.
@Suite struct PictureHeaderTests {
  private static let names = [
    "color.jpg", "luma.jpg", "progressive.jpg", "cmyk.jpg", "ycck.jpg", "exif3.jpg", "exif6.jpg", "rgb.png",
    "rgb-interlaced.png", "palette.png", "palette4.png",
  ]

  @Test(arguments: names) func theSizeIsThatOfTheDecodedPicture(name: String) throws {
    let bytes = try Golden.bytes(name)
    let image = try Image(decoding: bytes, name: name)
    let header = try #require(PictureHeader(of: bytes))
    #expect(header.width == image.width && header.height == image.height)
    // What lies after a picture's end is no part of it.
    #expect(PictureHeader(of: bytes + [0, 1, 2, 0xFF, 0xD8]) == header)
  }

  @Test(arguments: names) func aPictureThatWasCutHasNone(name: String) throws {
    let bytes = try Golden.bytes(name)
    for count in 0..<bytes.count - 1 { #expect(PictureHeader(of: Array(bytes.prefix(count))) == nil, "\(count)") }
    // A copy that broke off and was filled up to its length.
    let zeros = [UInt8](repeating: 0, count: bytes.count / 3)
    #expect(PictureHeader(of: bytes.prefix(bytes.count - zeros.count) + zeros) == nil)
  }

  @Test func everyByteOfAChunkCounts() throws {
    let bytes = try Golden.bytes("palette.png")
    for place in 8..<bytes.count {
      var changed = bytes
      changed[place] ^= 4
      #expect(PictureHeader(of: changed) == nil, "\(place)")
    }
  }

  @Test func randomBytesAreNoTrap() throws {
    for name in ["progressive.jpg", "rgb.png"] {
      for bytes in damagedCopies(of: try Golden.bytes(name), count: 2000, changes: 3, behind: 2) {
        if let header = PictureHeader(of: bytes) { #expect(header.width > 0 && header.height > 0) }
      }
    }
  }
}

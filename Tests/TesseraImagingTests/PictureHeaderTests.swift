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
      var bytes = try Golden.bytes(name)
      var state: UInt64 = 1
      for _ in 0..<2000 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[2 + Int(state >> 33) % (bytes.count - 2)] = UInt8(truncatingIfNeeded: state >> 20)
        if let header = PictureHeader(of: bytes) { #expect(header.width > 0 && header.height > 0) }
      }
    }
  }
}

import Foundation
import TesseraImaging
import Testing

@Suite struct ImageReadingTests {
  @Test(arguments: [
    "grey", "rgb", "palette", "grey16", "rgb16", "grey-interlaced", "rgb-interlaced", "palette-interlaced",
    "grey16-interlaced", "rgb16-interlaced", "grey1", "grey2", "grey4", "palette4", "rgb-alpha", "grey-alpha",
  ])
  func pngEqualsPillow(name: String) throws {
    #expect(try Image(contentsOf: Golden.path("\(name).png")) == Golden.expected(name))
  }

  // The tolerance: Pillow brings its own libjpeg-turbo, of another version than the system's; the standard allows
  // decoders to differ by a level in the inverse DCT, and the conversion to RGB makes it two. Inks are multiplied, one
  // more rounding.
  @Test(arguments: ["luma", "color", "color444", "stored-rgb", "progressive", "restarts", "cmyk", "ycck"])
  func jpegEqualsPillow(name: String) throws {
    let (read, expected) = (try Image(contentsOf: Golden.path("\(name).jpg")), try Golden.expected(name))
    #expect(read.width == expected.width && read.height == expected.height && read.channels == expected.channels)
    #expect(greatestDifference(read, expected) <= 2)
  }

  @Test(arguments: 1...8)
  func exifOrientationIsRespected(orientation: Int) throws {
    let name = "exif\(orientation)"
    let (read, expected) = (try Image(contentsOf: Golden.path("\(name).jpg")), try Golden.expected(name))
    #expect(read.width == expected.width && read.height == expected.height)
    #expect(greatestDifference(read, expected) <= 2)
  }

  @Test(arguments: [
    (wanted: (75, 50), decoded: (75, 50)), ((76, 50), (150, 100)), ((74, 49), (75, 50)), ((38, 25), (38, 25)),
    ((37, 25), (38, 25)), ((39, 25), (75, 50)), ((10, 13), (19, 13)), ((1, 1), (19, 13)), ((19, 14), (38, 25)),
    ((1000, 1000), (150, 100)),
  ])
  func jpegIsReducedAsFarAsTheWantedSizeAllows(wanted: (Int, Int), decoded: (Int, Int)) throws {
    let image = try Image(contentsOf: Golden.path("large.jpg"), atLeast: (width: wanted.0, height: wanted.1))
    #expect(image.width == decoded.0 && image.height == decoded.1)
  }

  // The same tolerance as at full size.
  @Test(arguments: ["75x50", "38x25", "19x13"])
  func reducedJPEGEqualsPillowsDraft(size: String) throws {
    let expected = try Golden.expected("draft-\(size)")
    let image = try Image(
      contentsOf: Golden.path("large.jpg"), atLeast: (width: expected.width, height: expected.height))
    #expect(image.width == expected.width && image.height == expected.height)
    #expect(greatestDifference(image, expected) <= 2)
  }

  @Test func wantedSizeRefersToTheUprightPicture() throws {
    // Stored 23 x 17, upright 17 x 23: half of it is 9 x 12.
    let path = Golden.path("exif6.jpg")
    let half = try Image(contentsOf: path, atLeast: (width: 9, height: 12))
    #expect(half.width == 9 && half.height == 12)
    let whole = try Image(contentsOf: path, atLeast: (width: 12, height: 9))
    #expect(whole.width == 17 && whole.height == 23)
  }

  @Test func endingOfTheNameDoesNotMatter() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Golden.bytes("rgb.png"), to: "photo.jpg")
    #expect(try Image(contentsOf: URL(fileURLWithPath: path)) == Golden.expected("rgb"))
  }

  @Test func missingEndMarkerOfAJPEGDoesNoHarm() throws {
    let bytes = try Golden.bytes("color.jpg")
    let whole = try Image(decoding: bytes, name: "whole")
    #expect(try Image(decoding: Array(bytes.dropLast(2)), name: "without end") == whole)
  }

  @Test func decoderWarningsAreNotPrinted() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let read = try Image(contentsOf: Golden.path("warning.png"))
      #expect(try read == Golden.expected("warning"))
    }
    #expect(result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } == "")
  }

  static let streets = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data/street-sample").standardized.path

  @Test(.enabled(if: FileManager.default.fileExists(atPath: streets), "needs ../shared/data"))
  func realPhotographsAndTheirMasksHaveOneSize() throws {
    let space = try LabelSpace(classNames: "\(Self.streets)/classes.txt", void: 0)
    #expect(space.count == 12)
    let image = try Image(contentsOf: "\(Self.streets)/images/validation/street_057.jpg")
    let mask = try Mask(contentsOf: "\(Self.streets)/annotations/validation/street_057.png", labelSpace: space)
    #expect(image.width == mask.width && image.height == mask.height)
  }
}

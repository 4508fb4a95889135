import Foundation
import TesseraImaging
import TestSupport
import Testing

@Suite struct ImageWritingTests {
  @Test(arguments: ["grey", "rgb", "grey16", "rgb16"])
  func pngKeepsEverySample(name: String) throws {
    let folder = try TemporaryFolder()
    let image = try Golden.expected(name)
    let path = folder.file("\(name).PNG")
    try image.write(to: path)
    let read = try Image(contentsOf: path)
    #expect(read == image)
    #expect(read.bitDepth == (name.hasSuffix("16") ? 16 : 8))
    #expect(folder.content == ["\(name).PNG"], "no temporary file stays")
  }

  @Test(arguments: [0, 1, 3, 4, 6, 9, 12], ["grey", "rgb", "grey16", "rgb16"])
  func everyCompressionKeepsEverySample(level: Int, name: String) throws {
    let image = try Golden.expected(name)
    let bytes = try image.encoded(as: .png(compression: level))
    #expect(try Image(decoding: bytes, name: name) == image)
  }

  @Test func moreCompressionCostsFewerBytes() throws {
    let image = sampleImage(width: 40, height: 30).resized(toWidth: 160, height: 120)
    let sizes = try [0, 1, 9].map { try image.encoded(as: .png(compression: $0)).count }
    #expect(sizes[0] > sizes[1] && sizes[1] > sizes[2])
    #expect(try image.encoded(as: .png) == image.encoded(as: .png(compression: 1)))
  }

  @Test(arguments: [1, 3])
  func jpegComesCloseAndQualityCostsBytes(channels: Int) throws {
    let folder = try TemporaryFolder()
    let image = sampleImage(width: 40, height: 30, channels: channels).resized(toWidth: 160, height: 120)
    try image.write(to: folder.file("a.jpeg"), as: .jpeg(quality: 98))
    try image.write(to: URL(fileURLWithPath: folder.file("b.jpg")))
    let (fine, coarse) = (try image.encoded(as: .jpeg(quality: 98)), try image.encoded(as: .jpeg(quality: 30)))
    let read = try Image(contentsOf: folder.file("a.jpeg"))
    #expect(read.width == 160 && read.height == 120 && read.channels == channels)
    let error = zip(read.pixels, image.pixels).map { abs(Int($0) - Int($1)) }.reduce(0, +)
    #expect(error < 3 * image.pixels.count)
    #expect(fine.count > 2 * coarse.count)
    #expect(try Image(contentsOf: folder.file("b.jpg")).channels == channels)
  }

  @Test func encodedBytesAreThoseOfTheFile() throws {
    let folder = try TemporaryFolder()
    let image = sampleImage(width: 9, height: 4)
    try image.write(to: folder.file("a.png"))
    #expect(try image.encoded(as: .png) == [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.file("a.png")))))
  }

  @Test func existingFileIsReplaced() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2, 3], to: "a.png")
    try sampleImage(width: 3, height: 2).write(to: path)
    #expect(try Image(contentsOf: path) == sampleImage(width: 3, height: 2))
  }

  @Test func badNamesAndPlacesAreTold() throws {
    let folder = try TemporaryFolder()
    let image = sampleImage(width: 2, height: 2)
    #expect(
      throws: ImageError.unsupported(
        file: "a.bmp", reason: "the name of a picture to write must end in .png, .jpg or .jpeg")
    ) { try image.write(to: "a.bmp") }
    let nowhere = folder.file("none/a.png")
    #expect(throws: ImageError.unwritable(file: nowhere, reason: "there is no folder \(folder.file("none"))")) {
      try image.write(to: nowhere)
    }
    let error = #expect(throws: ImageError.self) { try image.write(to: folder.path, as: .png) }
    #expect(error?.description.hasPrefix("\(folder.path): cannot be written: ") == true)
    #expect(folder.content.isEmpty)
  }

  @Test func jpegSideLimitIsAnErrorNotACrash() throws {
    let image = Image(width: 70000, height: 1, color: .white)
    let error = #expect(throws: ImageError.self) { try image.encoded(as: .jpeg(), name: "wide.jpg") }
    #expect(error?.description.hasPrefix("wide.jpg: cannot be written: ") == true)
  }
}

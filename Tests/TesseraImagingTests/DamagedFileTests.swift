import Foundation
import TesseraImaging
import Testing

@Suite struct DamagedFileTests {
  private func message(of bytes: [UInt8]) -> String {
    do {
      _ = try Image(decoding: bytes, name: "pictures/a.jpg")
      return "no error"
    } catch { return error.localizedDescription }
  }

  @Test(arguments: [
    "color.jpg", "luma.jpg", "progressive.jpg", "cmyk.jpg", "exif6.jpg", "rgb.png", "rgb-interlaced.png", "palette.png",
  ])
  func truncatedFileIsNamedWhereverItEnds(name: String) throws {
    let bytes = try Golden.bytes(name)
    // Behind the signature, and before the last bytes: a JPEG's end marker and the padding bits before it may be
    // missing.
    for count in stride(from: 12, through: bytes.count - 12, by: 7) {
      let message = message(of: Array(bytes.prefix(count)))
      #expect(
        message == "pictures/a.jpg: the file ends before its picture does; copy or download it again",
        "cut after \(count) of \(bytes.count) bytes")
    }
  }

  @Test func corruptDataIsDamage() throws {
    var png = try Golden.bytes("rgb.png")
    png[png.count / 2] ^= 0xFF
    #expect(message(of: png).hasPrefix("pictures/a.jpg: the file is damaged ("))
    var header = try Golden.bytes("rgb.png")
    header[24] = 3
    #expect(message(of: header).hasPrefix("pictures/a.jpg: the file is damaged ("))
    var jpeg = try Golden.bytes("color.jpg")
    let table = try #require(jpeg.indices.dropLast().first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC4 })
    for offset in 5..<21 { jpeg[table + offset] = 0xFF }
    #expect(message(of: jpeg).hasPrefix("pictures/a.jpg: the file is damaged ("))
  }

  @Test func randomBytesNeverCrashADecoder() throws {
    for name in ["color.jpg", "progressive.jpg", "ycck.jpg", "exif3.jpg", "rgb-interlaced.png", "palette4.png"] {
      let whole = try Golden.bytes(name)
      var state: UInt64 = 1
      for _ in 0..<300 {
        var bytes = whole
        for _ in 0..<4 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          bytes[12 + Int(state >> 33) % (bytes.count - 12)] = UInt8(truncatingIfNeeded: state >> 20)
        }
        do {
          let image = try Image(decoding: bytes, name: name)
          #expect(image.pixels.count == image.width * image.height * image.channels)
        } catch { #expect(error.localizedDescription.hasPrefix("\(name): ")) }
      }
    }
  }

  @Test(
    arguments: [
      ([], "an empty file"), (Array("GIF89a".utf8), "a GIF"),
      (Array("<html>".utf8), "HTML or XML (a failed download?)"),
      ([1, 2, 3], "something else"), (Array("RIFF....WEBP".utf8), "a WebP or other RIFF file"),
    ] as [([UInt8], String)])
  func otherFilesAreCalledWhatTheyAre(bytes: [UInt8], found: String) {
    #expect(
      message(of: bytes)
        == "pictures/a.jpg: is not a JPEG or PNG picture but \(found); convert it or remove it")
  }

  @Test func absurdDimensionsAreRefusedBeforeMemoryIsTaken() throws {
    var png = try Golden.bytes("rgb.png")
    // IHDR: width at byte 16, height at 20, its checksum at 29.
    png.replaceSubrange(16..<24, with: [0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0])
    png.replaceSubrange(29..<33, with: checksum(png[12..<29]))
    let expected =
      "pictures/a.jpg: 100000 x 100000 pixels are more than the limit of 134217728; scale the picture down"
    #expect(message(of: png) == expected)
    var jpeg = try Golden.bytes("color.jpg")
    let frame = try #require(jpeg.indices.dropLast().first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0x00, 0xFF, 0x00])
    #expect(message(of: jpeg).contains("65280 x 65280 pixels are more than the limit"))
  }

  @Test func missingFileAndFolderAreTold() throws {
    let folder = try TemporaryFolder()
    let missing = folder.file("nothing.png")
    #expect(throws: ImageError.unreadable(file: missing, reason: "there is no such file")) {
      try Image(contentsOf: missing)
    }
    #expect(throws: ImageError.unreadable(file: folder.path, reason: "it is a folder")) {
      try Image(contentsOf: folder.path)
    }
    #expect("\(ImageError.unreadable(file: "a", reason: "b"))" == "a: cannot be read: b")
  }

  /// CRC-32 as PNG has it, big-endian.
  private func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var register: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
    }
    register = ~register
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: register >> $0) }
  }
}

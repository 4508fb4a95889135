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
      for bytes in damagedCopies(of: try Golden.bytes(name), count: 300, changes: 4, behind: 12) {
        do {
          let image = try Image(decoding: bytes, name: name)
          #expect(image.pixels.count == image.width * image.height * image.channels)
        } catch { #expect(error.localizedDescription.hasPrefix("\(name): ")) }
      }
    }
  }

  @Test(
    arguments: [
      ([], "an empty file; copy or download it again"), (Array("GIF89a".utf8), "a GIF; \(convert)"),
      (Array("<html>".utf8), "HTML or XML; download it again, or remove it"),
      ([1, 2, 3], "something else; \(convert)"), (Array("RIFF....WAVE".utf8), "a RIFF file; \(convert)"),
      (Array("version https://git-lfs.github.com/spec/v1".utf8), "a Git LFS pointer; run git lfs pull"),
      ([UInt8](repeating: 0, count: 200), "nothing but zeros; copy or download it again"),
      ([0, 0, 0, 28] + Array("ftypavif".utf8), "an AVIF picture; \(convert)"),
      ([0, 0, 0, 24] + Array("ftypheic".utf8), "a HEIC picture; \(convert)"),
      ([0, 0, 0, 12] + Array("jP  \r\n".utf8), "a JPEG 2000 picture; \(convert)"),
      ([0xFF, 0x0A, 1, 2], "a JPEG XL picture; \(convert)"), ([0, 0, 1, 0, 1], "an icon (ICO); \(convert)"),
      (Array("8BPS".utf8), "a Photoshop document; \(convert)"),
      ([0x93] + Array("NUMPY".utf8), "a NumPy array; \(convert)"),
      ([0x1F, 0x8B, 8], "a gzip archive; \(convert)"), ([0x89] + Array("HDF\r\n".utf8), "an HDF5 file; \(convert)"),
    ] as [([UInt8], String)])
  func otherFilesAreCalledWhatTheyAre(bytes: [UInt8], found: String) throws {
    let expected = "is not a \(FileFormat.names) picture but \(found)"
    #expect(message(of: bytes) == "pictures/a.jpg: \(expected)")
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, to: "a.jpg")
    let error = #expect(throws: ImageError.self) { try Image(contentsOf: path) }
    #expect(error.map { "\($0)" } == "\(path): \(expected)")
  }

  @Test(
    arguments: [
      (FileFormat.tiff, [0x49, 0x49, 0x2A, 0, 8], "a TIFF"), (.tiff, [0x4D, 0x4D, 0, 0x2B, 0], "a TIFF"),
      (.webp, Array("RIFF....WEBPVP8 ".utf8), "a WebP picture"),
    ] as [(FileFormat, [UInt8], String)])
  func aFormatOfAnotherBuildIsNamedWithItsTrait(format: FileFormat, bytes: [UInt8], found: String) {
    guard !format.isRead else {
      #expect(message(of: bytes) == "pictures/a.jpg: the file ends before its picture does; copy or download it again")
      return
    }
    #expect(
      message(of: bytes)
        == "pictures/a.jpg: is not a \(FileFormat.names) picture but \(found); build the program with --traits "
        + "\(format.rawValue) (scripts/setup.sh --\(format.rawValue.lowercased()) installs what that needs), or convert it "
        + "to PNG")
  }

  private static let convert = "convert it or remove it"

  @Test func aHugeFileOfAnotherKindOrTooLongIsRefusedByItsFirstBytes() throws {
    let folder = try TemporaryFolder()
    // Sparse: nothing of it lies on the disk.
    let path = try folder.write([], to: "a.jpg")
    #expect(truncate(path, 1 << 40) == 0)
    #expect(throws: ImageError.notAPicture(file: path, found: "nothing but zeros")) { try Image(contentsOf: path) }
    let picture = try folder.write([0xFF, 0xD8, 0xFF], to: "b.jpg")
    #expect(truncate(picture, 1 << 40) == 0)
    #expect(throws: ImageError.unreadable(file: picture, reason: "its 1099511627776 bytes are too many for a picture"))
    {
      try Image(contentsOf: picture)
    }
  }

  @Test func pipesAreNamedInsteadOfWaitedFor() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let reason = "it is a pipe, not a file"
    #expect(throws: ImageError.unreadable(file: path, reason: reason)) { try Image(contentsOf: path) }
    #expect(throws: ImageError.unreadable(file: path, reason: reason)) {
      try Mask(contentsOf: path, labelSpace: .ade20k)
    }
    #expect(throws: LabelSpaceError.unreadable(file: path, reason: reason)) {
      try LabelSpace(classNames: path, void: nil)
    }
    #expect(throws: LabelSpaceError.unreadable(file: path, reason: reason)) { try LabelSpace(objectInfo: path) }
  }

  @Test func soundJPEGsOfOtherKindsAreCalledUnsupported() throws {
    let bytes = try Golden.bytes("color.jpg")
    let frame = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
    for (offset, value, kind) in [
      (4, 12, "a JPEG of 12 bits per sample"), (1, 0xC3, "a lossless JPEG (SOF3)"), (1, 0xC5, "a hierarchical JPEG"),
    ] as [(Int, UInt8, String)] {
      var other = bytes
      other[frame + offset] = value
      #expect(
        message(of: other)
          == "pictures/a.jpg: is \(kind), which is not supported; convert it to an ordinary JPEG or PNG")
    }
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

  @Test(arguments: ["color.jpg", "progressive.jpg", "rgb.png", "rgb-interlaced.png"])
  func callersMayAllowFewerPixels(name: String) throws {
    let bytes = try Golden.bytes(name)
    let image = try Image(decoding: bytes, name: name)
    let pixels = image.width * image.height
    #expect(try Image(decoding: bytes, name: name, pixelLimit: pixels) == image)
    #expect(
      throws: ImageError.tooLarge(file: name, width: image.width, height: image.height, limit: pixels - 1)
    ) { try Image(decoding: bytes, name: name, pixelLimit: pixels - 1) }
  }

  @Test func scansOfAJPEGAreBounded() throws {
    let jpeg = try Golden.bytes("progressive.jpg")
    let scans = jpeg.indices.dropLast().filter { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xDA }
    // The scan of the last bits of all three means may come again and again: it sets the same bits.
    let scan = try #require(
      scans.first { jpeg[$0 + 4] == 3 && Array(jpeg[$0 + 11...$0 + 13]) == [0, 0, 0x10] })
    let end = try #require((scan + 14..<jpeg.count).first { jpeg[$0] == 0xFF && jpeg[$0 + 1] != 0 })
    func repeated(_ count: Int) -> [UInt8] {
      Array(jpeg[..<end]) + (0..<count).flatMap { _ in jpeg[scan..<end] } + jpeg[end...]
    }
    #expect(
      try Image(decoding: repeated(100 - scans.count), name: "a.jpg") == Image(decoding: jpeg, name: "a.jpg"))
    #expect(
      message(of: repeated(101 - scans.count))
        == "pictures/a.jpg: is a JPEG of more than 100 scans, which is not supported; convert it to an ordinary JPEG or "
        + "PNG")
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

import Foundation
import TesseraImaging
import TestSupport
import Testing

/// Files that `scripts/golden/tiffs.py` made with tifffile and Pillow, in all the ways that programs write them.
@Suite(.enabled(if: FileFormat.tiff.isRead, "needs --traits TIFF")) struct TIFFTests {
  static let remedy = "save it with at most 16 channels, as integers of 8 or 16 bits, by Deflate or LZW"

  private static let (width, height) = (23, 17)

  private func path(_ name: String) -> String { Golden.path("tiff-\(name).tif") }

  private func message<Result>(_ body: () throws -> Result) -> String {
    do {
      _ = try body()
      return "no error"
    } catch { return "\(error)".replacingOccurrences(of: Golden.path("tiff-"), with: "tiff-") }
  }

  /// The script's formula for 16 bits.
  private static func deep(channels: Int) -> Image {
    var samples: [UInt16] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels {
          samples.append(UInt16((x * 701 + y * 1303 + channel * 5003 + (x * y) % 5) % 65536))
        }
      }
    }
    return Image(width: width, height: height, channels: channels, samples: .sixteenBit(samples))
  }

  @Test(arguments: [
    "rgb", "lzw", "deflate", "packbits", "zstd", "lzma", "bigtiff", "tiled", "planar", "planar-tiled", "turned1",
  ])
  func colorsAreThoseWritten(name: String) throws {
    #expect(try Image(contentsOf: path(name)) == sampleImage(width: Self.width, height: Self.height))
  }

  @Test func grayAndInvertedGrayAreThoseWritten() throws {
    let expected = sampleImage(width: Self.width, height: Self.height, channels: 1)
    for name in ["gray", "white"] { #expect(try Image(contentsOf: path(name)) == expected) }
  }

  @Test func sixteenBitsAreKept() throws {
    for name in ["rgb16", "big-endian"] { #expect(try Image(contentsOf: path(name)) == Self.deep(channels: 3)) }
    #expect(try Image(contentsOf: path("gray16")) == Self.deep(channels: 1))
  }

  @Test func alphaIsDropped() throws {
    let color = sampleImage(width: Self.width, height: Self.height)
    #expect(try Image(contentsOf: path("alpha")) == color)
    let gray = sampleImage(width: Self.width, height: Self.height, channels: 1)
    #expect(try Image(contentsOf: path("gray-alpha")) == gray)
  }

  @Test func fewBitsAreScaledToEight() throws {
    let gray = sampleImage(width: Self.width, height: Self.height, channels: 1).pixels
    for name in ["bits", "group4"] { #expect(try Image(contentsOf: path(name)).pixels == gray.map { $0 % 2 * 255 }) }
    #expect(try Image(contentsOf: path("bits4")).pixels == gray.map { $0 / 16 * 17 })
  }

  @Test(arguments: ["pyramid", "pyramid-tiled"]) func overviewsAreLeftOut(name: String) throws {
    #expect(try Image(contentsOf: path(name)) == sampleImage(width: Self.width, height: Self.height))
  }

  @Test(arguments: [("palette", 0), ("cmyk", 1), ("jpeg", 3)])
  func conversionsEqualPillows(name: String, tolerance: Int) throws {
    let (read, expected) = (try Image(contentsOf: path(name)), try Golden.expected("tiff-\(name)"))
    #expect(read.width == expected.width && read.height == expected.height && read.channels == 3)
    #expect(greatestDifference(read, expected) <= tolerance)
  }

  @Test(arguments: 1...8) func orientationIsRespectedAsInAJPEG(orientation: Int) throws {
    let read = try DecodedImage(contentsOf: path("turned\(orientation)"))
    // The same picture as a PNG with such a tag.
    var png = try sampleImage(width: Self.width, height: Self.height).encoded(as: .png)
    let tag: [UInt8] = [
      73, 73, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0, 0,
    ]
    png.insert(contentsOf: PNGBuilder.chunk("eXIf", tag), at: 33)
    #expect(try read == DecodedImage(decoding: png, name: "turned.png"))
    let traits = try #require(PictureTraits(of: Golden.bytes("tiff-turned\(orientation).tif")))
    #expect(traits.orientation == orientation)
  }

  @Test func masksHoldTheirNumbers() throws {
    let space = LabelSpace(names: (0..<700).map { "class \($0)" }, void: nil)
    let gray = sampleImage(width: Self.width, height: Self.height, channels: 1).pixels
    for name in ["mask", "mask32", "mask-rgb", "palette"] {
      #expect(try Mask(contentsOf: path(name), labelSpace: space).indices == gray.map { UInt16($0 % 7) }, "\(name)")
    }
    guard case .sixteenBit(let deep) = Self.deep(channels: 1).samples else { return }
    #expect(try Mask(contentsOf: path("mask16"), labelSpace: space).indices == deep.map { $0 % 700 })
    #expect(try Mask(contentsOf: path("bits"), labelSpace: space).indices == gray.map { UInt16($0 % 2) })
    #expect(try Mask(contentsOf: path("bits4"), labelSpace: space).indices == gray.map { UInt16($0 / 16) })
  }

  @Test(arguments: [
    ("rgb", "holds colors"), ("alpha", "holds colors"), ("mask-below", "holds numbers outside 0...65535"),
    ("pages6-16", "holds several pages"), ("bands5-16", "holds several channels"), ("bands2", "holds several channels"),
    ("turned6", "says that it lies on its side or is mirrored"),
  ])
  func whatIsNoMaskIsRefusedInASentence(name: String, reason: String) {
    #expect(
      message { try Mask(contentsOf: path(name), labelSpace: .ade20k) }
        == "tiff-\(name).tif: \(reason); a mask must be a \(FileFormat.maskNames) of class numbers, gray or palette")
  }

  @Test(arguments: [
    ("float", "a TIFF of 32-bit floats"), ("signed", "a TIFF of signed 16-bit numbers"),
    ("lab", "a TIFF in color space 8"),
    ("bands17", "a TIFF of more than 16 pages"),
  ])
  func otherKindsAreCalledUnsupported(name: String, kind: String) {
    let reason = message { try Image(contentsOf: path(name)) }
    #expect(
      reason == "tiff-\(name).tif: is \(kind), which is not supported; \(Self.remedy)")
  }

  @Test(arguments: [
    ("bands2", 2, 8), ("bands4", 4, 8), ("bands7-tiled", 7, 8), ("bands5-16", 5, 16), ("bands13-16", 13, 16),
    ("pages6-16", 6, 16),
  ])
  func channelsAreThoseWritten(name: String, channels: Int, bits: Int) throws {
    let pixels = try Pixels(contentsOf: path(name))
    #expect(pixels.width == Self.width && pixels.height == Self.height && pixels.channels == channels)
    var expected: [Float] = []
    for y in 0..<Self.height {
      for x in 0..<Self.width {
        for channel in 0..<channels {
          expected.append(
            bits == 8
              ? Float((x * 7 + y * 13 + channel * 50 + (x * y) % 5) % 256)
              : Float((x * 701 + y * 1303 + channel * 5003 + (x * y) % 5) % 65536) * (1 / 257))
        }
      }
    }
    #expect(pixels.tensor.scalars == expected)
    // Every value of 16 bits is still there.
    if bits == 16 { #expect(pixels.tensor.scalars.allSatisfy { abs(($0 * 257).rounded() - $0 * 257) < 0.01 }) }
    #expect(
      message { try Image(contentsOf: path(name)) }
        == "tiff-\(name).tif: is a TIFF of \(channels) channels, but a photograph has one or three: leave out the others"
    )
    let shown = pixels.shown
    #expect(shown.channels == (channels < 3 ? 1 : 3) && shown.pixels.max() == 255 && shown.pixels.min() == 0)
  }

  @Test func traitsAreReadWithoutDecoding() throws {
    func traits(_ name: String) throws -> PictureTraits {
      try #require(PictureTraits(of: Golden.bytes("tiff-\(name).tif")))
    }
    let palette = try traits("palette")
    #expect(palette.format == .tiff && palette.hasPalette && palette.channels == 1 && palette.bitDepth == 8)
    #expect(try traits("alpha").hasAlpha && traits("alpha").channels == 3)
    #expect(try traits("cmyk").hasInks)
    #expect(try traits("bands13-16").channels == 13 && traits("bands13-16").bitDepth == 16)
  }

  // MARK: Broken files

  private static let names = [
    "rgb", "lzw", "deflate", "packbits", "zstd", "lzma", "jpeg", "tiled", "planar-tiled", "big-endian", "bigtiff",
    "group4", "palette", "cmyk", "pages6-16", "bands13-16", "mask32",
  ]

  @Test(arguments: names) func cutFilesAreNeverPictures(name: String) throws {
    let bytes = try Golden.bytes("tiff-\(name).tif")
    for count in stride(from: 4, to: bytes.count - 1, by: 13) {
      let cut = Array(bytes.prefix(count))
      let reason = message { try Image(decoding: cut, name: "a.tif") }
      // What is written behind the pixels need not matter.
      if reason == "no error" { continue }
      #expect(reason.hasPrefix("a.tif: ") && !reason.contains("not a"), "\(count) of \(bytes.count): \(reason)")
    }
    let third = message { try Image(decoding: Array(bytes.prefix(bytes.count / 3)), name: "a.tif") }
    #expect(third != "no error")
  }

  @Test(arguments: names) func randomBytesNeverCrashTheDecoder(name: String) throws {
    for bytes in damagedCopies(of: try Golden.bytes("tiff-\(name).tif"), count: 200, changes: 3, behind: 4) {
      do {
        let image = try Image(decoding: bytes, name: name)
        #expect(image.samples.count == image.width * image.height * image.channels)
      } catch { #expect("\(error)".hasPrefix("\(name): ")) }
      _ = try? Mask(numbersIn: bytes, name: name)
      _ = PictureTraits(of: bytes)
    }
  }

  /// The entry of a tag in a little-endian file with one directory.
  private func entry(_ tag: UInt16, in bytes: [UInt8]) throws -> Int {
    func number(_ place: Int, _ count: Int) -> Int {
      (0..<count).reversed().reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
    }
    let directory = number(4, 4)
    let entries = (0..<number(directory, 2)).map { directory + 2 + 12 * $0 }
    return try #require(entries.first { number($0, 2) == tag })
  }

  private func changed(_ name: String, tag: UInt16, to value: UInt32) throws -> [UInt8] {
    var bytes = try Golden.bytes("tiff-\(name).tif")
    let place = try entry(tag, in: bytes)
    // One number of 32 bits.
    bytes.replaceSubrange(
      place + 2..<place + 12, with: [4, 0, 1, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
    return bytes
  }

  @Test func absurdSizesAreRefusedBeforeMemoryIsTaken() throws {
    var bytes = try changed("gray", tag: 256, to: 100_000)
    let height = try entry(257, in: bytes)
    bytes.replaceSubrange(height + 2..<height + 12, with: [4, 0, 1, 0, 0, 0, 0xA0, 0x86, 1, 0])
    #expect(
      message { try Image(decoding: bytes, name: "a.tif") }
        == "a.tif: 100000 x 100000 pixels are more than the limit of 134217728; scale the picture down")
    // One strip holds the picture, and the file only a part of it.
    let long = try changed("gray", tag: 257, to: 5_000_000)
    #expect(message { try Image(decoding: long, name: "a.tif") }.hasPrefix("a.tif: the file "))
    for tag in [322, 323] as [UInt16] {
      let tiles = try changed("tiled", tag: tag, to: 1 << 30)
      #expect(message { try Image(decoding: tiles, name: "a.tif") }.hasPrefix("a.tif: the file is damaged ("))
    }
  }

  @Test func wrongStripsAndUnknownCompressionsAreNamed() throws {
    let beyond = try changed("gray", tag: 273, to: 4_000_000)
    #expect(
      message { try Image(decoding: beyond, name: "a.tif") }
        == "a.tif: the file ends before its picture does; copy or download it again")
    let short = try changed("mask16", tag: 279, to: 7)
    #expect(message { try Image(decoding: short, name: "a.tif") }.hasPrefix("a.tif: the file is damaged ("))
    let unknown = try changed("gray", tag: 259, to: 34712)
    #expect(
      message { try Image(decoding: unknown, name: "a.tif") }
        == "a.tif: is a TIFF compressed by method 34712, which is not supported; \(Self.remedy)")
  }

  @Test func theLibraryPrintsNothing() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      for name in ["lzw", "jpeg", "group4", "deflate"] {
        var bytes = try Golden.bytes("tiff-\(name).tif")
        for place in stride(from: 20, to: bytes.count, by: 9) { bytes[place] ^= 0x55 }
        _ = try? Image(decoding: bytes, name: name)
      }
    }
    #expect(result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } == "")
  }
}

@Suite(.enabled(if: FileFormat.webp.isRead, "needs --traits WebP")) struct WebPTests {
  @Test(arguments: ["lossy", "lossless", "turned", "alpha"]) func picturesEqualPillows(name: String) throws {
    #expect(try Image(contentsOf: Golden.path("webp-\(name).webp")) == Golden.expected("webp-\(name)"))
  }

  @Test func traitsAreRead() throws {
    let traits = try #require(PictureTraits(of: Golden.bytes("webp-alpha.webp")))
    #expect(traits.format == .webp && traits.hasAlpha && traits.channels == 3)
    #expect(PictureTraits(of: try Golden.bytes("webp-turned.webp"))?.orientation == 6)
  }

  private func message(_ bytes: [UInt8]) -> String {
    do {
      _ = try Image(decoding: bytes, name: "a.webp")
      return "no error"
    } catch { return "\(error)" }
  }

  @Test(arguments: ["lossy", "lossless", "turned"]) func cutFilesAreNamed(name: String) throws {
    let bytes = try Golden.bytes("webp-\(name).webp")
    for count in stride(from: 12, to: bytes.count, by: 7) {
      #expect(
        message(Array(bytes.prefix(count)))
          == "a.webp: the file ends before its picture does; copy or download it again")
    }
  }

  @Test func whatIsNotReadIsNamed() throws {
    #expect(
      message(try Golden.bytes("webp-animated.webp"))
        == "a.webp: is an animated WebP, which is not supported; convert it to an ordinary JPEG or PNG")
    let error = #expect(throws: MaskError.self) {
      try Mask(decoding: Golden.bytes("webp-lossless.webp"), name: "a.webp", labelSpace: .ade20k)
    }
    #expect(
      error.map { "\($0)" }
        == "a.webp: is a WebP, which may blur class numbers; a mask must be a \(FileFormat.maskNames) of class numbers, "
        + "gray or palette")
  }

  @Test(arguments: ["lossy", "lossless", "turned", "alpha", "animated"])
  func randomBytesNeverCrashTheDecoder(name: String) throws {
    for bytes in damagedCopies(of: try Golden.bytes("webp-\(name).webp"), count: 300, changes: 3, behind: 12) {
      let reason = message(bytes)
      #expect(reason == "no error" || reason.hasPrefix("a.webp: "))
      _ = PictureTraits(of: bytes)
    }
  }
}

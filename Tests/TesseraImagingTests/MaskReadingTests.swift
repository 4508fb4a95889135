import Foundation
import TesseraImaging
import Testing

/// Masks of the usual kind take a way of their own around libpng, which reads the same files as pictures.
@Suite struct MaskReadingTests {
  private static let space = LabelSpace(names: (0..<256).map { "class \($0)" }, void: nil)

  /// Contents that make an encoder choose every row filter: flat areas, stripes, ramps, blends and noise.
  private static let contents: [(name: String, value: @Sendable (Int, Int) -> Int)] = [
    ("flat", { _, _ in 7 }), ("areas", { x, y in (x / 13 + y / 9) % 5 * 40 }), ("columns", { x, _ in x * 3 }),
    ("rows", { _, y in y * 5 }), ("ramp", { x, y in x + y }), ("steep", { x, y in x * 7 + y * 11 }),
    ("blend", { x, y in (x * y) >> 3 }), ("noise", { x, y in ((x * 73 + y * 151) * 2_654_435_761) >> 11 }),
    ("dots", { x, y in x % 17 == 3 && y % 5 == 1 ? 200 : 0 }),
    ("edges", { x, y in (x * x + y * y) / 400 % 2 * 255 }),
  ]

  @Test(arguments: 0..<10, [(1, 1), (3, 40), (64, 64), (257, 31), (400, 300)])
  func whatLibpngReadsIsRead(content: Int, size: (Int, Int)) throws {
    let (width, height) = size
    let value = Self.contents[content].value
    let pixels = (0..<width * height).map { UInt8(truncatingIfNeeded: value($0 % width, $0 / width)) }
    let image = Image(width: width, height: height, channels: 1, pixels: pixels)
    let bytes = try image.encoded(as: .png)
    #expect(try Image(decoding: bytes, name: "picture") == image)
    let mask = try Mask(decoding: bytes, name: "mask", labelSpace: Self.space)
    #expect(mask.indices == pixels.map(UInt16.init))
  }

  @Test(arguments: ["grey", "palette", "grey-interlaced", "grey4", "grey16"])
  func damageIsFoundWhereverItLies(name: String) throws {
    let bytes = try Golden.bytes("\(name).png")
    let space = LabelSpace(classes: (0...65535).map { .init(name: "\($0)", color: .black) }, void: nil)
    let whole = try Mask(decoding: bytes, name: "mask", labelSpace: space)
    for position in 12..<bytes.count {
      var damaged = bytes
      damaged[position] ^= 0x10
      // A flipped bit in a chunk that is not needed does no harm; what is read is right, or an error tells.
      if let read = try? Mask(decoding: damaged, name: "mask", labelSpace: space) { #expect(read == whole) }
      #expect(throws: (any Error).self, "cut after \(position) bytes") {
        _ = try Mask(decoding: Array(bytes.prefix(position - 11)), name: "mask", labelSpace: space)
      }
    }
  }

  @Test(arguments: [nil, 0, 3, 255] as [Int?]) func everyStoredIndexIsCheckedAtAnySize(void: Int?) throws {
    let folder = try TemporaryFolder()
    let space = LabelSpace(names: ["a", "b", "c", "d"], void: void)
    for (stray, isKnown) in [(3, true), (4, false), (255, void == 255)] {
      // One pixel, which no reduced mask shows.
      var indices = [UInt16](repeating: 1, count: 40 * 30)
      indices[41] = UInt16(stray)
      let path = folder.file("stray-\(stray).png")
      try Mask(width: 40, height: 30, indices: indices, labelSpace: space).write(to: path)
      if isKnown {
        let decoded = try DecodedMask(contentsOf: path, labelSpace: space, resizedTo: (width: 4, height: 3))
        #expect(
          decoded.mask
            == Mask(
              width: 4, height: 3, indices: [UInt16](repeating: 1, count: 12), labelSpace: space))
        #expect(decoded.fullWidth == 40 && decoded.fullHeight == 30)
      } else {
        #expect(
          "\(failure { try DecodedMask(contentsOf: path, labelSpace: space, resizedTo: (width: 4, height: 3)) })"
            .contains("mask values \(stray) (1 px)"))
      }
    }
  }

  @Test(arguments: [(40, 30), (7, 5), (80, 61), (1, 1)]) func readingAtASizeIsReadingAndResizing(size: (Int, Int))
    throws
  {
    let folder = try TemporaryFolder()
    for greatest in [200, 3000] {
      let space = LabelSpace(names: (0...greatest).map { "\($0)" }, void: nil)
      let indices = (0..<40 * 30).map { UInt16(($0 * 37) % (greatest + 1)) }
      let mask = Mask(width: 40, height: 30, indices: indices, labelSpace: space)
      let path = folder.file("mask-\(greatest).png")
      try mask.write(to: path)
      let decoded = try DecodedMask(contentsOf: path, labelSpace: space, resizedTo: (width: size.0, height: size.1))
      #expect(decoded.mask == mask.resized(toWidth: size.0, height: size.1))
    }
  }

  private func failure(_ read: () throws -> DecodedMask) -> String {
    do {
      _ = try read()
      return "no error"
    } catch { return "\(error)" }
  }
}

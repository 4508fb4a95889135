import Foundation
import TesseraImaging
import TesseraTensors
import Testing

/// How Pillow turns pictures; `scripts/golden/orientations.py` asked it.
@Suite struct OrientationTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let file: String
    let before: Data
    let after: Data
    let orientation: Int
    var testDescription: String { "\(name), \(file)" }

    /// The file with the metadata: after a JPEG's first marker, after a PNG's header and before its end.
    func bytes() throws -> [UInt8] {
      var bytes = try Golden.bytes(file)
      let (start, end) = file.hasSuffix(".jpg") ? (2, 0) : (33, 12)
      bytes.insert(contentsOf: after, at: bytes.count - end)
      bytes.insert(contentsOf: before, at: start)
      return bytes
    }
  }

  static let cases: [Case] = {
    let bytes = (try? Golden.bytes("orientations.json")) ?? []
    return (try? JSONDecoder().decode([Case].self, from: Data(bytes))) ?? []
  }()

  @Test func thereAreCases() { #expect(Self.cases.count > 100) }

  @Test(arguments: cases) func picturesAreTurnedAsPillowTurnsThem(_ expected: Case) throws {
    let plain = try Image(contentsOf: Golden.path(expected.file))
    let decoded = try DecodedImage(decoding: try expected.bytes(), name: "picture")
    #expect(decoded.image == turned(plain, expected.orientation))
    #expect(decoded.fullWidth == decoded.image.width && decoded.fullHeight == decoded.image.height)
  }

  @Test func metadataOfAnyKindNeverEndAProgram() throws {
    var random = RandomStream(seed: 11)
    for expected in Self.cases where expected.orientation != 1 {
      let (whole, range) = (try expected.bytes(), expected.file.hasSuffix(".jpg") ? 2 : 33)
      let length = max(expected.before.count, 8)
      for _ in 0..<8 {
        var bytes = whole
        for _ in 0...random.index(below: 3) {
          bytes[range + random.index(below: length)] = [0, 1, 6, 0x7F, 0x80, 0xFF][random.index(below: 6)]
        }
        if let image = try? Image(decoding: bytes, name: "picture") {
          #expect(image.width * image.height == 23 * 17)
        }
      }
    }
  }

  /// The upright picture by EXIF's table of what the first row and column are.
  private func turned(_ image: Image, _ orientation: Int) -> Image {
    let (width, height) = (image.width, image.height)
    let (newWidth, newHeight) = orientation >= 5 ? (height, width) : (width, height)
    var pixels: [UInt8] = []
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let (column, row) =
          switch orientation {
          case 2: (width - 1 - x, y)
          case 3: (width - 1 - x, height - 1 - y)
          case 4: (x, height - 1 - y)
          case 5: (y, x)
          case 6: (y, height - 1 - x)
          case 7: (width - 1 - y, height - 1 - x)
          case 8: (width - 1 - y, x)
          default: (x, y)
          }
        let start = (row * width + column) * image.channels
        pixels += image.pixels[start..<start + image.channels]
      }
    }
    return Image(width: newWidth, height: newHeight, channels: image.channels, pixels: pixels)
  }
}

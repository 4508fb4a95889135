import Foundation
import TesseraImaging
import TestSupport
import Testing

/// Masks whose indices were saved as colors.
@Suite struct GreyMaskTests {
  private static let space = LabelSpace(names: (0...65535).map { "\($0)" }, void: nil)
  private static let indices: [UInt16] = [0, 1, 2, 3, 200, 255]

  /// A 3 x 2 PNG that has each index in every color, opaque unless `change` says otherwise.
  private func picture(
    _ channels: Int, bitDepth: Int = 8, indices: [UInt16] = indices, _ change: (inout [UInt16]) -> Void = { _ in }
  ) -> [UInt8] {
    let opaque: UInt16 = bitDepth == 16 ? 0xFFFF : 0xFF
    var samples = indices.flatMap { index in
      (0..<channels).map { channels % 2 == 0 && $0 == channels - 1 ? opaque : index }
    }
    change(&samples)
    return PNGBuilder.bytes(
      width: 3, height: 2, channels: channels, bitDepth: bitDepth,
      samples: samples.flatMap { bitDepth == 16 ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0)] })
  }

  private func message(_ bytes: [UInt8]) -> String {
    do {
      _ = try Mask(decoding: bytes, name: "m.png", labelSpace: Self.space)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test(arguments: [1, 2, 3, 4]) func greyPixelsAreIndices(channels: Int) throws {
    let mask = try Mask(decoding: picture(channels), name: "m", labelSpace: Self.space)
    #expect(mask.indices == Self.indices && mask.width == 3 && mask.height == 2)
    let large: [UInt16] = [0, 1, 256, 4660, 65534, 65535]
    let deep = try Mask(
      decoding: picture(channels, bitDepth: 16, indices: large), name: "m", labelSpace: Self.space)
    #expect(deep.indices == large)
  }

  @Test func oneColorOrOneTransparentPixelIsRefusedInASentence() {
    let rest = "a mask must be a \(FileFormat.maskNames) of class numbers, gray or palette"
    for channel in 0..<3 {
      #expect(message(picture(3) { $0[15 + channel] ^= 1 }) == "m.png: holds colors; \(rest)")
      #expect(message(picture(4, bitDepth: 16) { $0[20 + channel] ^= 256 }) == "m.png: holds colors; \(rest)")
    }
    for channels in [2, 4] {
      let transparent = picture(channels) { $0[channels * 6 - 1] = 254 }
      #expect(message(transparent) == "m.png: holds transparent pixels; \(rest)")
    }
  }

  @Test func aJPEGIsNamedWhateverItsNameIs() throws {
    #expect(
      message(try Golden.bytes("luma.jpg"))
        == "m.png: is a JPEG, which blurs class numbers; a mask must be a \(FileFormat.maskNames) of class numbers, gray or palette"
    )
  }
}

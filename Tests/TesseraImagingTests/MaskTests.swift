import Foundation
import TesseraImaging
import Testing

@Suite struct MaskTests {
  static let space = LabelSpace(names: (0..<256).map { "class \($0)" }, void: nil)
  static let pair = LabelSpace(names: ["membrane", "cell"], void: nil)

  private func message(_ read: () throws -> Mask) -> String {
    do {
      _ = try read()
      return "no error"
    } catch { return error.localizedDescription }
  }

  @Test(arguments: [
    ("palette", "palette-indices"), ("palette-interlaced", "palette-indices"), ("palette4", "palette4-indices"),
    ("grey1", "grey1-indices"), ("grey2", "grey2-indices"), ("grey4", "grey4-indices"), ("grey", "grey"),
  ])
  func indicesAreReadRaw(file: String, expected: String) throws {
    let mask = try Mask(contentsOf: Golden.path("\(file).png"), labelSpace: Self.space)
    #expect(mask.indices == (try Golden.expected(expected)).pixels.map(UInt16.init))
  }

  @Test func indicesOf16BitsAreReadWhole() throws {
    let space = LabelSpace(
      classes: (0...65535).map { LabelSpace.Class(name: "\($0)", color: .black) }, void: nil)
    let mask = try Mask(contentsOf: Golden.path("grey16.png"), labelSpace: space)
    #expect(Image.Samples.sixteenBit(mask.indices) == (try Golden.expected("grey16")).samples)
  }

  @Test(arguments: [255, 300])
  func writtenMasksAreReadBack(greatest: Int) throws {
    let space = LabelSpace(names: (0...greatest).map { "\($0)" }, void: nil)
    let mask = Mask(
      width: 4, height: 2, indices: [0, 1, 2, 3, UInt16(greatest), 5, 6, 7], labelSpace: space)
    let folder = try TemporaryFolder()
    try mask.write(to: folder.file("mask.png"))
    #expect(try Mask(contentsOf: URL(fileURLWithPath: folder.file("mask.png")), labelSpace: space) == mask)
    #expect(try Image(contentsOf: folder.file("mask.png")).bitDepth == (greatest > 255 ? 16 : 8))
  }

  @Test func palettePicturesShowColorsAndKeepIndices() throws {
    let mask = Mask(
      width: 3, height: 1, indices: [0, 1, 255], labelSpace: .init(classes: Self.pair.classes, void: 255))
    let folder = try TemporaryFolder()
    try mask.writeWithPalette(to: folder.file("mask.png"))
    #expect(try Mask(contentsOf: folder.file("mask.png"), labelSpace: mask.labelSpace) == mask)
    #expect(try Image(contentsOf: folder.file("mask.png")) == mask.colored)
  }

  @Test func colorsAndOtherFormatsAreExplained() throws {
    let rgb = message { try Mask(contentsOf: Golden.path("rgb.png"), labelSpace: Self.space) }
    #expect(
      rgb.hasPrefix(
        "\(Golden.path("rgb.png")): holds colors; a mask must be a \(FileFormat.maskNames) of class numbers"))
    let jpeg = message { try Mask(contentsOf: Golden.path("color.jpg"), labelSpace: Self.space) }
    #expect(
      jpeg.contains(
        "color.jpg: is a JPEG, which blurs class numbers; a mask must be a \(FileFormat.maskNames) of class numbers"))
    #expect(throws: ImageError.notAPicture(file: "m.png", found: "an empty file")) {
      try Mask(decoding: [], name: "m.png", labelSpace: Self.space)
    }
    let half = try Golden.bytes("palette.png").prefix(200)
    #expect(throws: ImageError.truncated(file: "m.png")) {
      try Mask(decoding: Array(half), name: "m.png", labelSpace: Self.space)
    }
    #expect(throws: MaskError.notPNG(file: "m.jpg")) {
      try Mask(width: 1, height: 1, indices: [0], labelSpace: Self.pair).write(to: "m.jpg")
    }
  }

  @Test(
    arguments: [
      (
        [0, 255, 1, 255], 2, nil,
        "values 255 (2 px) are not classes (0...1); the first is 255 at x = 1, y = 0; a 0/255 mask: "
          + "write the second class as 1 instead of 255, or say what the values mean in a map of classes"
      ),
      (
        [0, 1, 2, 3], 3, nil,
        "values 3 (1 px) are not classes (0...2); the first is 3 at x = 1, y = 1; the labels seem "
          + "to count from 1: subtract 1, or name a class for index 0"
      ),
      (
        [0, 1, 2, 255], 3, 200,
        "values 255 (1 px) are not classes (0...2 or void = 200); the first is 255 at x = 1, y = 1; "
          + "255 usually marks pixels without a class: declare 255 as void"
      ),
      (
        [9, 7, 9, 0], 3, nil,
        "values 7 (1 px), 9 (2 px) are not classes (0...2); the first is 9 at x = 0, y = 0; correct the "
          + "mask, or name the missing classes (classes.txt)"
      ),
    ] as [([UInt8], Int, Int?, String)])
  func everyUnknownValueIsCounted(values: [UInt8], classes: Int, void: Int?, expected: String) throws {
    let bytes = try Image(width: 2, height: 2, channels: 1, pixels: values).encoded(as: .png)
    let space = LabelSpace(
      classes: (0..<classes).map { LabelSpace.Class(name: "\($0)", color: .black) }, void: void)
    let message = message { try Mask(decoding: bytes, name: "masks/7.png", labelSpace: space) }
    #expect(message == "masks/7.png: mask \(expected)")
  }

  @Test func voidOutsideTheClassesIsAllowed() throws {
    let bytes = try Image(width: 2, height: 1, channels: 1, pixels: [1, 255]).encoded(as: .png)
    let space = LabelSpace(names: ["a", "b"], void: 255)
    #expect(try Mask(decoding: bytes, name: "m", labelSpace: space).indices == [1, 255])
  }

  @Test func resizingTakesTheNearestCenter() {
    let mask = Mask(width: 4, height: 1, indices: [10, 20, 30, 40], labelSpace: Self.space)
    #expect(mask.resized(toWidth: 2, height: 1).indices == [20, 40])
    #expect(mask.resized(toWidth: 3, height: 1).indices == [10, 30, 40])
    #expect(
      mask.resized(toWidth: 8, height: 2).indices == [10, 10, 20, 20, 30, 30, 40, 40, 10, 10, 20, 20, 30, 30, 40, 40])
  }

  @Test(arguments: [(5, 3, 7, 11), (64, 48, 13, 9), (3, 3, 9, 9)])
  func resizingFollowsItsFormulaAndInventsNothing(width: Int, height: Int, newWidth: Int, newHeight: Int) {
    let indices = (0..<width * height).map { UInt16($0 * 7 % 256) }
    let resized = Mask(width: width, height: height, indices: indices, labelSpace: Self.space)
      .resized(toWidth: newWidth, height: newHeight)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let column = Int(((Double(x) + 0.5) * Double(width) / Double(newWidth)).rounded(.down))
        let row = Int(((Double(y) + 0.5) * Double(height) / Double(newHeight)).rounded(.down))
        #expect(resized.indices[y * newWidth + x] == indices[row * width + column])
      }
    }
  }

  @Test func flippingCroppingAndPadding() {
    let mask = Mask(width: 3, height: 2, indices: [1, 2, 3, 4, 5, 6], labelSpace: Self.space)
    #expect(mask.flippedHorizontally().indices == [3, 2, 1, 6, 5, 4])
    #expect(mask.cropped(left: 1, top: 1, width: 2, height: 1).indices == [5, 6])
    #expect(mask.padded(toWidth: 4, height: 3, index: 9).indices == [1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9, 9])
    #expect(mask.histogram == [1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1])
  }

  @Test func colorsComeFromTheLabelSpace() {
    let mask = Mask(width: 3, height: 1, indices: [0, 1, 10], labelSpace: .ade20k)
    #expect(mask.colored.pixels == [0, 0, 0, 120, 120, 120, 4, 250, 7])
  }

  @Test func overlaysMixAndLeaveVoidAlone() {
    let mask = Mask(width: 2, height: 1, indices: [0, 1], labelSpace: .ade20k)
    let image = Image(width: 2, height: 1, channels: 1, pixels: [200, 20])
    #expect(mask.overlaid(on: image, opacity: 0.5).pixels == [200, 200, 200, 70, 70, 70])
    #expect(mask.overlaid(on: image, opacity: 0).pixels == [200, 200, 200, 20, 20, 20])
    #expect(mask.overlaid(on: image, opacity: 1).pixels == [200, 200, 200, 120, 120, 120])
  }
}

import Foundation
import TesseraImaging
import TesseraInspection
import TestSupport
import Testing

/// One fault made in a copy of a data set, and the finding that must tell of it.
struct Damage: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let check: String
  let severity: DataFinding.Severity
  /// The number of files that the finding must name; `nil` if it is about the data as a whole.
  let files: Int?
  /// Words of the summary.
  let words: String
  var without: Set<Corpus> = []
  let make: @Sendable (DataCopy) throws -> Void

  init(
    _ name: String, _ check: String, _ severity: DataFinding.Severity, files: Int? = 1, _ words: String,
    without: Set<Corpus> = [], _ make: @escaping @Sendable (DataCopy) throws -> Void
  ) {
    (testDescription, self.check, self.severity, self.files, self.words) = (name, check, severity, files, words)
    (self.without, self.make) = (without, make)
  }

  private static let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "TesseraImagingTests/Golden").path

  /// An EXIF segment with an orientation, for behind the start of a JPEG.
  private static func exif(_ orientation: UInt8) -> [UInt8] {
    [0xFF, 0xE1, 0, 34] + Array("Exif".utf8) + [0, 0] + Array("MM".utf8)
      + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
  }

  /// Faults of files.
  static let files: [Damage] = [
    Damage("no mask", "pairing", .error, "1 picture has no mask") {
      try FileManager.default.removeItem(atPath: $0.pairs()[1].mask)
    },
    Damage("no picture", "pairing", .error, "1 mask has no picture") {
      try FileManager.default.removeItem(atPath: $0.pairs()[1].image)
    },
    Damage("a picture that is cut short", "unreadable", .error, "1 file cannot be read") {
      let path = try $0.pairs()[1].image
      let bytes = try Data(contentsOf: URL(filePath: path))
      try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path))
    },
    Damage("an empty mask", "unreadable", .error, "1 file cannot be read") {
      try Data().write(to: URL(filePath: $0.pairs()[1].mask))
    },
    Damage("a web page as a picture", "unreadable", .error, "1 file cannot be read") {
      try Data("<html></html>".utf8).write(to: URL(filePath: $0.pairs()[1].image))
    },
    Damage("a mask of another size", "sizes", .error, "1 picture has another size") { copy in
      try copy.changeMasks([copy.pairs()[1]]) { $0.cropped(left: 0, top: 0, width: $0.width - 3, height: $0.height) }
    },
    Damage("a GIF among the pictures", "left-out", .warning, "left out, being neither") {
      try Data("GIF89a".utf8).write(
        to: URL(filePath: ($0.pairs()[1].image as NSString).deletingLastPathComponent + "/x.gif"))
    },
    Damage("a gray picture", "gray", .note, "is gray", without: [.membranes]) { copy in
      let pair = try copy.pairs()[1]
      let image = try Image(contentsOf: pair.image)
      let gray = stride(from: 1, to: image.pixels.count, by: image.channels).map { image.pixels[$0] }
      try copy.replaceImage(
        pair, by: Image(width: image.width, height: image.height, channels: 1, pixels: gray).encoded(as: .jpeg()),
        ending: "jpg")
    },
    Damage("a picture in inks", "cmyk", .warning, "1 picture is in CMYK") { copy in
      let pair = try copy.pairs()[1]
      let bytes = try Data(contentsOf: URL(filePath: "\(golden)/cmyk.jpg"))
      let size = try Image(contentsOf: "\(golden)/cmyk.jpg")
      try copy.replaceImage(pair, by: [UInt8](bytes), ending: "jpg")
      try copy.changeMasks([pair]) { $0.resized(toWidth: size.width, height: size.height) }
    },
    Damage("a picture that a tag turns by 180 degrees", "rotated", .warning, "1 picture is turned upright") { copy in
      let pair = try copy.pairs()[1]
      var bytes = try Image(contentsOf: pair.image).encoded(as: .jpeg())
      bytes.insert(contentsOf: exif(3), at: 2)
      try copy.replaceImage(pair, by: bytes, ending: "jpg")
    },
    Damage("a picture that a tag turns, but not its mask", "sizes", .error, "its mask is not", without: [.membranes]) {
      copy in
      let pair = try copy.pairs()[1]
      var bytes = try Image(contentsOf: pair.image).encoded(as: .jpeg())
      bytes.insert(contentsOf: exif(6), at: 2)
      try copy.replaceImage(pair, by: bytes, ending: "jpg")
    },
    Damage("a picture with alpha", "alpha", .note, "1 picture has an alpha channel") { copy in
      let pair = try copy.pairs()[1]
      let image = try Image(contentsOf: pair.image)
      let samples = (0..<image.width * image.height).flatMap { place -> [UInt8] in
        let pixel = (0..<3).map { image.pixels[place * image.channels + min($0, image.channels - 1)] }
        return pixel + [UInt8(place % 256)]
      }
      try copy.replaceImage(
        pair, by: PNGBuilder.bytes(width: image.width, height: image.height, channels: 4, samples: samples),
        ending: "png")
    },
    Damage("a picture of one color", "blank", .warning, "1 picture has a single color") { copy in
      let pair = try copy.pairs()[1]
      let image = try Image(contentsOf: pair.image)
      let blank = Image(width: image.width, height: image.height, color: .black)
      try copy.replaceImage(pair, by: blank.encoded(as: .png), ending: "png")
    },
    // Strong compression changes the fine texture of membranes too much.
    Damage("a copy in another format", "duplicates", .warning, "1 picture is there before", without: [.membranes]) {
      copy in
      let pair = try copy.pairs()[1]
      let stem = (pair.image as NSString).deletingPathExtension
      try Image(contentsOf: pair.image).encoded(as: .jpeg(quality: 50)).withUnsafeBytes { Data($0) }
        .write(to: URL(filePath: "\(stem)-again.jpg"))
      try FileManager.default.copyItem(
        atPath: pair.mask, toPath: (pair.mask as NSString).deletingPathExtension + "-again.png")
    },
    Damage(
      "a training picture in validation", "leaks", .warning, "1 validation picture is a training picture too",
      without: [.ade20k, .membranes, .scenes]
    ) { copy in
      let (pair, other) = (try copy.pairs("training")[1], try copy.pairs("validation")[1])
      let (image, mask) = (try Image(contentsOf: pair.image), try copy.mask(pair.mask))
      let (width, height) = (image.width * 3 / 4, image.height * 3 / 4)
      try copy.replaceImage(
        other, by: image.resized(toWidth: width, height: height).encoded(as: .png), ending: "png")
      try mask.resized(toWidth: width, height: height).write(to: other.mask)
    },
    Damage("a mask in capitals", "pairing", .error, "1 mask is named after a picture", without: [.membranes]) {
      let mask = try $0.pairs()[1].mask
      let folder = (mask as NSString).deletingLastPathComponent
      try FileManager.default.moveItem(
        atPath: mask, toPath: "\(folder)/\((mask as NSString).lastPathComponent.uppercased())")
    },
  ]

  /// Faults of what masks hold.
  static let masks: [Damage] = [
    Damage("one stray value", "values", .error, "1 mask holds values that are no class") { copy in
      try copy.changeMasks([copy.pairs()[1]]) {
        var mask = $0
        mask.indices[3 * mask.width + 7] = 200
        return mask
      }
    },
    Damage("labels that count from 1", "values", .error, files: nil, "count from 1", without: [.ade20k]) { copy in
      try copy.changeMasks(copy.allPairs()) { $0.mapped { $0 == 255 ? 255 : $0 + 1 } }
    },
    Damage(
      "labels without the void class", "values", .error, files: nil, "one too low", without: [.membranes, .scenes]
    ) { copy in
      // The last class stays out, as a class that is never seen would.
      try copy.changeMasks(copy.allPairs()) { $0.mapped { $0 == 0 || $0 == 11 ? 255 : $0 - 1 } }
    },
    Damage("black and white", "values", .error, files: nil, "black and white") { copy in
      try copy.changeMasks(copy.allPairs()) { $0.mapped { $0 > 0 && $0 != 255 ? 255 : 0 } }
    },
    Damage("masks in color", "colors", .error, files: nil, "colors instead of class numbers", without: [.membranes]) {
      copy in
      for pair in try copy.allPairs() {
        let mask = try copy.mask(pair.mask)
        let space = LabelSpace.ade20k
        try Mask(
          width: mask.width, height: mask.height, indices: mask.indices.map { $0 == 0 ? 1 : $0 }, labelSpace: space
        )
        .colored.write(to: pair.mask)
      }
    },
    Damage("a JPEG as a mask", "colors", .error, "1 mask is in a format that may change class numbers") { copy in
      let pair = try copy.pairs()[1]
      try copy.mask(pair.mask).grays.write(to: pair.mask, as: .jpeg())
    },
    Damage(
      "a mask that was scaled smoothly", "interpolation", .error, "scaled with interpolation", without: [.membranes]
    ) {
      copy in
      try copy.changeMasks([copy.pairs()[1]]) {
        Mask(
          grays: $0.grays.resized(toWidth: $0.width * 3 / 4, height: $0.height * 3 / 4)
            .resized(toWidth: $0.width, height: $0.height))
      }
    },
    Damage("masks that were JPEGs once", "interpolation", .error, files: nil, "saved as JPEG", without: [.membranes]) {
      copy in
      try copy.changeMasks(copy.allPairs()) {
        Mask(grays: try Image(decoding: $0.grays.encoded(as: .jpeg(quality: 75)), name: "mask"))
      }
    },
    Damage("a mask that is all void", "void", .warning, "1 mask is all void") { copy in
      let void: UInt16 = copy.masks == "masks" ? 255 : 0
      try copy.changeMasks([copy.pairs()[1]]) { $0.mapped { _ in void } }
    },
    Damage("masks that are shifted", "alignment", .error, files: nil, "all masks lie") { copy in
      try copy.changeMasks(copy.allPairs()) { $0.moved($0.width / 16, -$0.height / 20) }
    },
    Damage("masks that are mirrored", "alignment", .error, files: nil, "mirrored (left for right)") { copy in
      try copy.changeMasks(copy.allPairs()) { $0.flippedHorizontally() }
    },
    Damage("masks that are upside down", "alignment", .error, files: nil, "upside down") { copy in
      try copy.changeMasks(copy.allPairs()) { $0.upsideDown }
    },
    Damage("masks that are turned", "alignment", .error, files: nil, "turned by 180 degrees") { copy in
      try copy.changeMasks(copy.allPairs()) { $0.upsideDown.flippedHorizontally() }
    },
    Damage("one mask upside down", "misplaced", .warning, "1 mask does not lie on its picture", without: [.ade20k]) {
      copy in
      try copy.changeMasks([copy.pairs()[1]]) { $0.upsideDown }
    },
    Damage("one mask that is shifted", "misplaced", .warning, "1 mask does not lie on its picture", without: [.ade20k])
    {
      copy in
      try copy.changeMasks([copy.pairs()[1]]) { $0.moved($0.width / 14, $0.height / 14) }
    },
  ]
}

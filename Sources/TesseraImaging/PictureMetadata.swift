/// What a picture file says, besides the pixels, about how the camera was held.
///
/// The rules are those of Pillow 13 (`ImageOps.exif_transpose`), so that data prepared with it match: an EXIF
/// orientation of any value hides one in XMP; of several Exif segments in a JPEG, the first with the tag counts; of
/// several chunks in a PNG, the last.
struct PictureMetadata {
  /// A TIFF structure, possibly preceded by one or two `Exif` headers.
  private(set) var exif: [UInt8]?

  /// An XML packet.
  private(set) var xmp: [UInt8]?

  /// How the camera was held; upright if the metadata say nothing or are invalid.
  var orientation: Orientation {
    switch exif.map(ExifDirectory.orientation) ?? .absent {
    case .present(let orientation): orientation ?? .upright
    case .absent: xmp.flatMap(Self.orientation(inXMP:)) ?? .upright
    }
  }

  /// More of such data than any camera writes; the rest is not collected.
  private static let limit = 1 << 20
  private static let exifHeader = Array("Exif\0\0".utf8)
  private static let xmpHeader = Array("http://ns.adobe.com/xap/1.0/\0".utf8)

  /// Reads the APP1 segments before the first scan.
  init(ofJPEG bytes: [UInt8]) {
    let (app1, startOfScan): (UInt8, UInt8) = (0xE1, 0xDA)
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      let marker = bytes[position + 1]
      // Any number of 0xFF may precede a marker.
      if marker == 0xFF {
        position += 1
        continue
      }
      if marker == startOfScan { return }
      let end = position + 2 + Int(bytes[position + 2]) << 8 + Int(bytes[position + 3])
      guard end <= bytes.count, end >= position + 4 else { return }
      let body = bytes[position + 4..<end]
      if marker == app1, body.starts(with: Self.exifHeader), (exif?.count ?? 0) < Self.limit {
        // One structure may be spread over several segments.
        exif = exif.map { $0 + body.dropFirst(Self.exifHeader.count) } ?? Array(body)
      } else if marker == app1, body.starts(with: Self.xmpHeader) {
        xmp = Array(body.dropFirst(Self.xmpHeader.count))
      }
      position = end
    }
  }

  /// Reads the chunks `eXIf`, `iTXt`, `tEXt` and `zTXt`, wherever they are.
  init(ofPNG bytes: [UInt8]) {
    var profile: [UInt8]?
    for chunk in PNGChunks(bytes, ofTypes: ["eXIf", "iTXt", "tEXt", "zTXt"]) {
      if chunk.type == "eXIf" {
        exif = Self.exifHeader + chunk.data
      } else if let text = PNGText(chunk) {
        switch text.keyword {
        case "XML:com.adobe.xmp": xmp = text.text
        // ImageMagick's formats from before `eXIf` existed.
        case "exif": exif = text.text
        case "Raw profile type exif": profile = text.text
        default: break
        }
      }
    }
    exif = exif ?? profile.flatMap(Self.profile)
  }

  /// Reads the chunks `EXIF` and `XMP `, which each have a length in four bytes, the least first, and fill even numbers
  /// of bytes.
  init(ofWebP bytes: [UInt8]) {
    var place = 12
    while place + 8 <= bytes.count {
      let length = bytes[place + 4..<place + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      let start = place + 8
      guard length <= bytes.count - start else { return }
      let type = bytes[place..<start - 4]
      if length <= Self.limit, type.elementsEqual("EXIF".utf8) { exif = Array(bytes[start..<start + length]) }
      if length <= Self.limit, type.elementsEqual("XMP ".utf8) { xmp = Array(bytes[start..<start + length]) }
      place = start + length + length % 2
    }
  }

  /// The bytes of a raw profile, which follow in hexadecimal after an empty line, its name and its length.
  private static func profile(_ text: [UInt8]) -> [UInt8]? {
    let lines = text.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
    guard lines.count == 4 else { return nil }
    let digits = lines[3].compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// The first `tiff:Orientation="6"` or `<tiff:Orientation>6` of an XML packet.
  private static func orientation(inXMP packet: [UInt8]) -> Orientation? {
    let name = Array("tiff:Orientation".utf8)
    let ends = [Array("=\"".utf8), Array(">".utf8)]
    var start = packet.startIndex
    while let found = packet[start...].firstIndex(of: name[0]) {
      start = found + 1
      guard packet[found...].starts(with: name) else { continue }
      let rest = packet[(found + name.count)...]
      guard let end = ends.first(where: { rest.starts(with: $0) }),
        let digit = rest.dropFirst(end.count).first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
      else { continue }
      return Orientation(rawValue: UInt16(digit - UInt8(ascii: "0")))
    }
    return nil
  }
}

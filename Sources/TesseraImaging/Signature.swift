/// What the first bytes of a file say it is.
enum Signature {
  case png
  case jpeg
  case other(String)

  init(of bytes: [UInt8]) {
    let known: [(start: [UInt8], name: String)] = [
      (Array("GIF8".utf8), "a GIF"), (Array("BM".utf8), "a BMP picture"),
      (Array("RIFF".utf8), "a WebP or other RIFF file"),
      ([0x49, 0x49, 0x2A, 0], "a TIFF"), ([0x4D, 0x4D, 0, 0x2A], "a TIFF"), (Array("%PDF".utf8), "a PDF"),
      (Array("PK".utf8), "a zip archive"), (Array("<".utf8), "HTML or XML (a failed download?)"),
    ]
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.isEmpty {
      self = .other("an empty file")
    } else if bytes.dropFirst(4).starts(with: "ftyp".utf8) {
      self = .other("a HEIF, AVIF or video file")
    } else {
      self = .other(known.first { bytes.starts(with: $0.start) }?.name ?? "something else")
    }
  }
}

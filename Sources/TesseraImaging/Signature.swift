/// What a file is, according to its first bytes.
enum Signature {
  case png
  case jpeg
  case tiff
  case webp
  /// Nothing that this program reads.
  case other(String)

  /// The number of bytes that are examined.
  static let length = 160

  init(of bytes: [UInt8]) {
    let start = bytes.prefix(Self.length)
    if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if start.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if FileFormat.webp.isRead, start.starts(with: "RIFF".utf8), start.dropFirst(8).starts(with: "WEBP".utf8) {
      self = .webp
    } else if start.isEmpty {
      self = .other("an empty file")
    } else if start.allSatisfy({ $0 == 0 }) {
      self = .other(Self.zeros)
    } else if Self.isTIFF(start) {
      self = FileFormat.tiff.isRead ? .tiff : .other("a TIFF")
    } else {
      self = .other(Self.kinds.first { start.dropFirst($0.offset).starts(with: $0.bytes) }?.name ?? "something else")
    }
  }

  /// What to do about a file of another kind.
  static func remedy(for name: String) -> String { remedies[name] ?? "convert it or remove it" }

  /// In both byte orders, and in files that may have more than 4 GB.
  private static func isTIFF(_ start: ArraySlice<UInt8>) -> Bool {
    let marks: [[UInt8]] = [
      [0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A], [0x49, 0x49, 0x2B, 0], [0x4D, 0x4D, 0, 0x2B],
    ]
    return marks.contains { start.starts(with: $0) }
  }

  private struct Kind {
    let offset: Int
    let bytes: [UInt8]
    let name: String

    init(_ name: String, _ bytes: [UInt8], at offset: Int = 0) {
      (self.name, self.bytes, self.offset) = (name, bytes, offset)
    }

    init(_ name: String, _ text: String, at offset: Int = 0) { self.init(name, Array(text.utf8), at: offset) }
  }

  private static let zeros = "nothing but zeros"
  private static let pointer = "a Git LFS pointer"
  private static let page = "HTML or XML"

  private static let remedies = [
    zeros: "copy or download it again", pointer: "run git lfs pull", page: "download it again, or remove it",
    "an empty file": "copy or download it again",
    "a TIFF": "\(FileFormat.tiff.howToRead), or convert it to PNG",
    "a WebP picture": "\(FileFormat.webp.howToRead), or convert it to PNG",
  ]

  /// The first match counts.
  private static let kinds = [
    Kind(pointer, "version https://git-lfs"),
    Kind("a GIF", "GIF8"), Kind("a BMP picture", "BM"), Kind("a WebP picture", "WEBP", at: 8),
    Kind("a RIFF file", "RIFF"),
    Kind("an AVIF picture", "ftypavi", at: 4), Kind("a HEIC picture", "ftyphe", at: 4),
    Kind("a HEIC picture", "ftypmif1", at: 4), Kind("a HEIC picture", "ftypmsf1", at: 4),
    Kind("a video or other MP4 file", "ftyp", at: 4),
    Kind("a JPEG 2000 picture", "jP  \r\n", at: 4), Kind("a JPEG 2000 picture", [0xFF, 0x4F, 0xFF, 0x51]),
    Kind("a JPEG XL picture", [0xFF, 0x0A]), Kind("a JPEG XL picture", "JXL \r\n", at: 4),
    Kind("an icon (ICO)", [0, 0, 1, 0]), Kind("a Photoshop document", "8BPS"),
    Kind("an OpenEXR picture", [0x76, 0x2F, 0x31, 1]),
    Kind("a Radiance picture", "#?RADIANCE"), Kind("a QOI picture", "qoif"), Kind("a DICOM picture", "DICM", at: 128),
    Kind("a PBM picture", "P4\n"), Kind("a PGM picture", "P5\n"), Kind("a PPM picture", "P6\n"),
    Kind("a NumPy array", [0x93] + Array("NUMPY".utf8)), Kind("an HDF5 file", [0x89] + Array("HDF\r\n".utf8)),
    Kind("a MATLAB file", "MATLAB "), Kind("a Python pickle", [0x80, 2]), Kind("a Python pickle", [0x80, 4]),
    Kind("a PDF", "%PDF"), Kind("a zip archive", "PK"), Kind("a gzip archive", [0x1F, 0x8B]),
    Kind("a 7-Zip archive", [0x37, 0x7A, 0xBC, 0xAF]), Kind("a RAR archive", "Rar!"),
    Kind("JSON", "{"), Kind(page, "<"), Kind(page, [0xEF, 0xBB, 0xBF] + Array("<".utf8)), Kind(page, "\n<"),
    Kind(page, "\r\n<"),
  ]
}

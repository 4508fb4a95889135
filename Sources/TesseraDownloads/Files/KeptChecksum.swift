import Foundation
import TesseraFiles

/// The SHA-256 of a file of which none is published: that of its first download, in `NAME.sha256` next to it, as
/// `sha256sum -c` reads it.
struct KeptChecksum {
  private let file: String

  init(of file: String) { self.file = file }

  private var path: String { file + ".sha256" }

  /// `nil` if none is kept.
  var value: FileChecksum? {
    guard let bytes = try? RegularFile.bytes(of: path, atMost: 1 << 16) else { return nil }
    let digits = String(decoding: bytes, as: UTF8.self).prefix { $0.isHexDigit }
    return digits.count == 64 ? FileChecksum(.sha256, String(digits)) : nil
  }

  /// Keeps the file's checksum.
  func keep() throws {
    let checksum = try FileChecksum(.sha256, of: file)
    let line = "\(checksum.digits)  \((file as NSString).lastPathComponent)\n"
    try DownloadError.writing(try AtomicFile.write(Array(line.utf8), to: path))
  }
}

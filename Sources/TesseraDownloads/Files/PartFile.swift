import Foundation
import TesseraFiles

/// A file that is being downloaded: `NAME.part`, and next to it `NAME.part.json`, which says where it comes from, so
/// that another process can continue it. Held by one process at a time.
final class PartFile {
  /// What the bytes belong to.
  struct Origin: Codable, Equatable {
    var address: String
    /// The server's name for this version of the file (`ETag`).
    var tag: String?
    /// The server's `Last-Modified`.
    var modified: String?
    /// The length of the whole file, as the server stated it.
    var length: Int?
    /// The number of answers that the bytes come from.
    var answers = 1

    init(address: String, tag: String?, modified: String?, length: Int?) {
      (self.address, self.tag, self.modified, self.length) = (address, tag, modified, length)
    }

    private enum CodingKeys: CodingKey { case address, tag, modified, length, answers }

    init(from decoder: any Decoder) throws {
      let origin = try decoder.container(keyedBy: CodingKeys.self)
      address = try origin.decode(String.self, forKey: .address)
      tag = try origin.decodeIfPresent(String.self, forKey: .tag)
      modified = try origin.decodeIfPresent(String.self, forKey: .modified)
      length = try origin.countIfPresent(.length)
      answers = try origin.count(.answers)
    }
  }

  /// Where the complete file will be.
  let destination: String
  /// The number of bytes that are there.
  var length: Int { file.length }
  /// `nil` if there are no bytes.
  private(set) var origin: Origin?
  private let file: GrowingFile
  private let lock: FileLock

  private var path: String { "\(destination).part" }
  private var notePath: String { "\(destination).part.json" }

  /// - Throws: `DownloadError.busy`, `.unwritable`.
  init(for destination: String) throws {
    self.destination = destination
    let path = "\(destination).part"
    guard let lock = try DownloadError.writing(try FileLock(file: "\(path).lock")) else {
      throw DownloadError.busy(path: destination)
    }
    self.lock = lock
    file = try DownloadError.writing(try GrowingFile(path))
    origin = (try? RegularFile.bytes(of: notePath, atMost: 1 << 16))
      .flatMap { try? JSONDecoder().decode(Origin.self, from: Data($0)) }
    if origin == nil || length == 0 { try clear() }
  }

  deinit {
    guard length == 0 else { return }
    removeFile(path)
    removeFile(notePath)
  }

  /// Whether all bytes that the server announced are there.
  var isWhole: Bool { length > 0 && length == origin?.length }

  /// Discards what arrived before and starts over with another answer.
  func start(_ origin: Origin) throws {
    try clear()
    try note(origin)
  }

  /// Continues with another answer.
  func goOn(from address: String) throws {
    guard var origin else { return }
    origin.answers += 1
    origin.address = address
    try note(origin)
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
    try DownloadError.writing(try file.append(bytes))
  }

  /// Removes the bytes.
  func clear() throws(DownloadError) {
    origin = nil
    try DownloadError.writing(try file.removeAll())
    removeFile(notePath)
  }

  /// The bytes' checksum.
  func checksum(_ algorithm: FileChecksum.Algorithm, progress: (Int) throws -> Void) throws -> FileChecksum {
    try FileChecksum(algorithm, of: path, progress: progress)
  }

  /// Renames the file to its final name.
  func publish() throws(DownloadError) {
    try DownloadError.writing(try file.synchronize())
    try DownloadError.writing(try renameFile(path, to: destination))
    removeFile(notePath)
  }

  private func note(_ origin: Origin) throws {
    self.origin = origin
    let text = try [UInt8](JSONEncoder().encode(origin))
    try DownloadError.writing(try AtomicFile.write(text, to: notePath, isDurable: false))
  }
}

import Foundation
import TesseraArchives
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
  private(set) var length = 0
  /// `nil` if there are no bytes.
  private(set) var origin: Origin?
  private let descriptor: Int32
  private let lock: FileLock

  private var path: String { "\(destination).part" }
  private var notePath: String { "\(destination).part.json" }

  /// - Throws: `DownloadError.busy`, `.unwritable`.
  init(for destination: String) throws {
    self.destination = destination
    let path = "\(destination).part"
    do {
      guard let lock = try FileLock("\(path).lock") else { throw DownloadError.busy(path: destination) }
      self.lock = lock
    } catch ArchiveError.unwritable(let path, let reason) {
      throw DownloadError.unwritable(path: path, reason: reason)
    }
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.unwritable(path) }
    origin = (try? RegularFile.bytes(of: notePath, atMost: 1 << 16))
      .flatMap { try? JSONDecoder().decode(Origin.self, from: Data($0)) }
    // A pipe or a device has no length.
    length = max(0, Int(lseek(descriptor, 0, SEEK_END)))
    if origin == nil || length == 0 { try clear() }
  }

  deinit {
    close(descriptor)
    if length == 0 { remove() }
  }

  /// Whether all bytes that the server announced are there.
  var isWhole: Bool { length > 0 && length == origin?.length }

  /// Discards what arrived before and starts over with another answer.
  func start(_ origin: Origin) throws(DownloadError) {
    try clear()
    try note(origin)
  }

  /// Continues with another answer.
  func goOn(from address: String) throws(DownloadError) {
    guard var origin else { return }
    origin.answers += 1
    origin.address = address
    try note(origin)
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(length))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Self.unwritable(path) }
      done += count
      length += count
    }
  }

  /// Removes the bytes.
  func clear() throws(DownloadError) {
    origin = nil
    length = 0
    guard ftruncate(descriptor, 0) == 0 else { throw Self.unwritable(path) }
    unlink(notePath)
  }

  /// The bytes' checksum.
  func checksum(_ algorithm: FileChecksum.Algorithm, progress: (Int) throws -> Void) throws -> FileChecksum {
    try FileChecksum(algorithm, of: path, progress: progress)
  }

  /// The first bytes.
  func beginning(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let found = pread(descriptor, &bytes, count, 0)
    return Array(bytes.prefix(max(found, 0)))
  }

  /// Renames the file to its final name.
  func publish() throws(DownloadError) {
    fsync(descriptor)
    guard rename(path, destination) == 0 else { throw Self.unwritable(destination) }
    unlink(notePath)
  }

  private func note(_ origin: Origin) throws(DownloadError) {
    self.origin = origin
    do {
      try JSONEncoder().encode(origin).write(to: URL(fileURLWithPath: notePath), options: .atomic)
    } catch {
      throw .unwritable(path: notePath, reason: error.localizedDescription)
    }
  }

  private func remove() {
    unlink(path)
    unlink(notePath)
  }

  private static func unwritable(_ path: String) -> DownloadError {
    .unwritable(path: path, reason: String(cString: strerror(errno)))
  }
}

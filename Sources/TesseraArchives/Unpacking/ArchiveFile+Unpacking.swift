import Foundation
import TesseraFiles
import TesseraTensors

extension ArchiveFile {
  /// Unpacks the archive as the folder `destination`, which appears whole or not at all.
  ///
  /// Everything is written to a hidden folder next to it, which is renamed at the end and removed on any error. The
  /// following are rejected before the first byte is written: paths that are absolute, leave the folder, name drives,
  /// have backslashes, or collide on some file system; links and special files; and more than `limits` allow. Claims
  /// are not trusted: bytes are counted as they arrive, and each file's checksum is verified. Files get the permissions
  /// of new files, whatever the archive says.
  ///
  /// - Parameters:
  ///   - destination: missing, or an empty folder; its parent folder must exist.
  ///   - limits: limits on what is unpacked.
  ///   - droppingTopFolder: if everything in the archive is in one folder, its contents become `destination`'s.
  ///   - progress: called after every file and every mebibyte; an error that it throws stops the work and leaves
  ///     nothing.
  ///   - accept: called with the folder that holds everything before it is renamed; an error that it throws leaves
  ///     nothing.
  /// - Throws: `ArchiveError`, or any error of `progress` or `accept`.
  public func unpack(
    to destination: String, limits: UnpackingLimits = UnpackingLimits(), droppingTopFolder: Bool = false,
    progress: (UnpackingProgress) throws -> Void = { _ in }, accepting accept: (String) throws -> Void = { _ in }
  ) throws {
    let archiveBytes = FileStamp(of: path)?.length ?? 0
    let plan = try UnpackingPlan(
      entries, of: path, archiveBytes: archiveBytes, limits: limits, droppingTopFolder: droppingTopFolder)
    let folder = try UnpackingFolder(for: destination)
    if let free = freeSpace(at: destination), free < plan.bytes {
      throw ArchiveError.noSpace(path: destination, needed: plan.bytes, free: free)
    }
    for path in plan.folders { try folder.addFolder(path) }
    var state = UnpackingProgress(totalFiles: plan.files.count { $0 != nil }, totalBytes: plan.bytes)
    var reader = try ArchiveReader(contentsOf: path)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    for (listed, place) in zip(entries, plan.files) {
      guard try reader.next() == listed else { throw changed(at: listed) }
      guard let place else { continue }
      let before = state.bytes
      try folder.addFile(place) { write in
        while true {
          let count = try reader.read(into: buffer)
          guard count > 0 else { break }
          state.bytes += count
          guard state.bytes - before <= listed.size ?? 0 else { throw overlong(listed) }
          try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
          if count == buffer.count { try progress(state) }
        }
      }
      state.files += 1
      try progress(state)
    }
    try accept(folder.contents)
    try folder.publish()
  }
}

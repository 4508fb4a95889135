import Foundation
import TesseraTensors

extension ArchiveFile {
  /// Unpacks the archive as the folder `destination`, which appears whole or not at all.
  ///
  /// Everything is written to a hidden folder beside it, which is renamed in the end and removed on any error. Refused
  /// before the first byte are paths that are absolute, leave the folder, name drives, have backslashes, or are one
  /// path on some file system; links and special files; and more than `limits`. Claims are not trusted: bytes are
  /// counted as they come, and each file's checksum is verified. Files get the permissions of new files, whatever the
  /// archive says.
  ///
  /// - Parameters:
  ///   - destination: absent, or an empty folder; the folder that it lies in must be there.
  ///   - limits: the most that is unpacked.
  ///   - droppingTopFolder: where everything in the archive lies in one folder, its contents become `destination`'s.
  ///   - progress: is called after every file and every mebibyte; what it throws ends the work and leaves nothing.
  ///   - accept: is called with the folder in which everything lies before that gets its name; what it throws leaves
  ///     nothing.
  /// - Throws: `ArchiveError`, or what `progress` or `accept` throws.
  public func unpack(
    to destination: String, limits: UnpackingLimits = UnpackingLimits(), droppingTopFolder: Bool = false,
    progress: (UnpackingProgress) throws -> Void = { _ in }, accepting accept: (String) throws -> Void = { _ in }
  ) throws {
    let archiveBytes = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
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

import Foundation
import TesseraTensors

extension FolderDataset: FingerprintedDataset {
  public func name(at index: Int) -> String { files[index].name }

  /// A number that changes with any of the files' paths, lengths and modification times, and with what their masks may
  /// hold.
  public var fingerprint: UInt64 {
    var content = LittleEndianBytes()
    content.append(UInt64(labelSpace.count))
    content.append(Int64(labelSpace.void ?? -1))
    for path in files.flatMap({ [$0.image, $0.mask] }) {
      content.bytes += Array(absolute(path).utf8) + [0]
      var status = stat()
      // A file that is gone counts as empty; reading it will say so.
      guard stat(path, &status) == 0 else { continue }
      content.append(Int64(status.st_size))
      content.append(Int64(status.st_mtim.tv_sec))
      content.append(Int64(status.st_mtim.tv_nsec))
    }
    return content.bytes.withUnsafeBytes(CacheFormat.checksum)
  }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}

import Foundation
import TesseraFiles
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
      // A file that is gone counts as empty; reading it will say so.
      guard let stamp = FileStamp(of: path) else { continue }
      for number in [stamp.length, stamp.modified / 1_000_000_000, stamp.modified % 1_000_000_000] {
        content.append(Int64(number))
      }
    }
    for checksum in files.map(\.storage.checksum) where checksum != 0 { content.append(UInt64(checksum)) }
    return content.bytes.withUnsafeBytes(CacheFormat.checksum)
  }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}

import Foundation
import Tessera
import TesseraDownloads

/// Describes a downloaded item as the other programs will read it, and the next thing to do with it.
struct DownloadSummary {
  private let item: DownloadItem
  private let path: String

  init(_ item: DownloadItem, at path: String) { (self.item, self.path) = (item, path) }

  /// - Throws: what is wrong with the data set.
  func print() throws {
    for line in try lines { TesseraCommandLine.print(line) }
  }

  private var lines: [String] {
    get throws {
      switch item.name {
      case DownloadItem.ade20k.name:
        let folder = try DatasetFolder(at: path)
        let counts = try DatasetSplit.allCases.map { "\(grouped(try folder.dataset($0).count)) \($0.rawValue)" }
        return [
          "\(counts.joined(separator: " and ")) pictures, \(folder.labelSpace.count) classes",
          "next: swift run -c release unet --data \(shellWord(path))",
        ]
      case DownloadItem.ade20kTest.name:
        guard let pictures = Self.folderOfPictures(in: path) else { return [] }
        return [
          "\(grouped(pictures.count)) pictures",
          "next: swift run -c release tessera predict --checkpoint FILE \(shellWord(pictures.path)) --output masks",
        ]
      default: return ["next: swift run -c release fcnn --backbone-weights \(shellWord(path))"]
      }
    }
  }

  /// The folder with the most pictures.
  private static func folderOfPictures(in path: String) -> (path: String, count: Int)? {
    let files = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    let folders = Dictionary(grouping: files.filter { PictureFormat(fileName: $0) != nil }) {
      ($0 as NSString).deletingLastPathComponent
    }
    return folders.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
      .map { ((path as NSString).appendingPathComponent($0.key), $0.value.count) }
  }
}

/// A path as a shell takes it.
private func shellWord(_ path: String) -> String {
  path.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+=@".contains($0)) }
    ? path : "'\(path.replacingOccurrences(of: "'", with: "'\\''"))'"
}

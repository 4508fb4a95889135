import Foundation
import Tessera
import TesseraDownloads

/// Describes a downloaded item as the other programs will read it, makes a checkpoint of a whole network, and names the
/// next thing to do with it.
struct DownloadSummary {
  private let item: DownloadItem
  private let path: String
  private let folder: String

  /// - Parameters:
  ///   - item: what was downloaded.
  ///   - path: where it is.
  ///   - folder: where it was to go.
  init(_ item: DownloadItem, at path: String, in folder: String) {
    (self.item, self.path, self.folder) = (item, path, folder)
  }

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
          "next: tessera train unet --data \(shellWord(path))",
        ]
      case DownloadItem.ade20kTest.name:
        guard let pictures = Self.folderOfPictures(in: path) else { return [] }
        return [
          "\(grouped(pictures.count)) pictures",
          "next: tessera predict --checkpoint FILE \(shellWord(pictures.path)) --output masks",
        ]
      default: return try weightsLines
      }
    }
  }

  private var weightsLines: [String] {
    get throws {
      switch item.purpose {
      case .dataSet: return []
      case .encoder(let network):
        return ["next: tessera train \(network) --backbone-weights \(shellWord(path))"]
      case .network(_, _, let size):
        let weights = PublishedWeights(item)
        let file = weights.file(in: folder)
        guard let checkpoint = try weights.makeCheckpoint(of: path, in: folder) else { return [] }
        let choice = folder == PublishedWeights.folder ? "--network \(item.name)" : "--checkpoint \(shellWord(file))"
        return [
          "wrote \(file): \(checkpoint.model.configuration.name), \(checkpoint.labelSpace.outputCount) outputs, pictures of "
            + size.text,
          "next: tessera predict \(choice) photo.jpg --output masks",
        ]
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

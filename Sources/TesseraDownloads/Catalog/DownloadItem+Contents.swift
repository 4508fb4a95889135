import Foundation

extension DownloadItem.Folder {
  /// What a folder lacks, in words.
  func missing(in path: String, countsFiles: Bool) -> [String] {
    contents.compactMap { part, expected in
      let place = "\(path)/\(part)"
      guard FileManager.default.fileExists(atPath: place) else { return part }
      guard countsFiles, let expected else { return nil }
      let found = (try? FileManager.default.contentsOfDirectory(atPath: place).count { !$0.hasPrefix(".") }) ?? 0
      return found == expected ? nil : "\(part) with \(expected) files (it has \(found))"
    }
  }
}

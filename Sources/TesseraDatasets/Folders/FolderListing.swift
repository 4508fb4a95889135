import Foundation
import TesseraFiles
import TesseraTensors

/// What lies in folders of a data set.
enum FolderListing {
  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// The names in a folder in rising order, without hidden ones.
  static func names(in folder: String) throws(DatasetError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()
    } catch {
      throw .unreadableFolder(folder: folder, reason: systemReason(of: error))
    }
  }

  /// The pictures of two folders, paired by stem, in the order of the stems.
  static func pairs(images: String, masks: String) throws(DatasetError) -> [FolderDataset.Files] {
    let imageNames = try pictures(in: images)
    let maskNames = try pictures(in: masks)
    if imageNames.isEmpty { throw .noImages(folder: images) }
    let imagesByStem = Dictionary(grouping: imageNames, by: stem)
    let masksByStem = Dictionary(grouping: maskNames, by: stem)
    let unpaired = UnpairedFiles(
      images: images, masks: masks, imagesWithoutMask: imageNames.filter { masksByStem[stem(of: $0)] == nil },
      masksWithoutImage: maskNames.filter { imagesByStem[stem(of: $0)] == nil },
      sameStem: duplicates(in: imagesByStem, of: images) + duplicates(in: masksByStem, of: masks))
    if !unpaired.isEmpty { throw .unpaired(unpaired) }
    return imagesByStem.keys.sorted().compactMap { stem in
      guard let image = imagesByStem[stem]?.first, let mask = masksByStem[stem]?.first else { return nil }
      return FolderDataset.Files(name: stem, image: "\(images)/\(image)", mask: "\(masks)/\(mask)")
    }
  }

  /// Names that end as pictures do.
  static func pictures(in folder: String) throws(DatasetError) -> [String] {
    try names(in: folder).filter { name in
      ["jpg", "jpeg", "png"].contains((name as NSString).pathExtension.lowercased())
    }
  }

  private static func stem(of name: String) -> String { (name as NSString).deletingPathExtension }

  private static func duplicates(in names: [String: [String]], of folder: String) -> [String] {
    names.values.filter { $0.count > 1 }.map { "\(folder)/{\($0.sorted().joined(separator: ", "))}" }.sorted()
  }
}

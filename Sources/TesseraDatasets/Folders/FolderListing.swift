import Foundation
import TesseraFiles
import TesseraImaging

/// The contents of a data set's folders.
enum FolderListing {
  /// The extensions of pictures that are read, whichever of the formats they then have.
  private static let readEndings = Set(FileFormat.read.flatMap(\.endings))

  /// The extensions of pictures, and of arrays in which masks are stored, that are not read, or not by this program.
  private static let otherEndings: Set = [
    "avif", "bmp", "dcm", "gif", "heic", "heif", "jfif", "jp2", "jpe", "jxl", "mat", "npy", "npz", "pbm", "pgm", "pnm",
    "ppm", "tga", "tif", "tiff", "webp",
  ]

  /// How deep below a folder to look for pictures that are left out.
  private static let depth = 4

  /// - Throws: `DatasetError.unreadableFolder` if the system cannot list the folder.
  static func contents(of folder: String) throws(DatasetError) -> FolderContents {
    do throws(FileError) {
      return try FolderContents(of: folder)
    } catch {
      throw .unreadableFolder(folder: folder, reason: error.reason)
    }
  }

  /// The names in a folder in ascending order, without hidden ones.
  static func names(in folder: String) throws(DatasetError) -> [String] {
    let contents = try contents(of: folder)
    return (contents.files + contents.folders).filter { !isHidden($0) }.sorted()
  }

  /// - Throws: `DatasetError.namesNotUTF8` if a name in one of `folders`, which are in `root`, cannot be written in a
  ///   path.
  static func checkNames(in folders: [String], of root: String) throws(DatasetError) {
    var (count, example) = (0, "")
    for folder in folders {
      let names = try contents(of: folder).unreadable
      if count == 0, let first = names.first { example = "\(folder)/\(first)" }
      count += names.count
    }
    if count > 0 { throw .namesNotUTF8(folder: root, count: count, example: example) }
  }

  /// Files with the extension of a picture, without hidden ones.
  static func pictures(in folder: String) throws(DatasetError) -> [String] {
    try contents(of: folder).files.filter { !isHidden($0) && readEndings.contains(ending(of: $0)) }
  }

  /// The same in and below a folder, by their paths within it.
  static func picturesBelow(_ folder: String) throws(DatasetError) -> [String] {
    var (found, folders) = ([String](), [(prefix: "", depth: 0)])
    while let next = folders.popLast() {
      let path = next.prefix.isEmpty ? folder : "\(folder)/\(next.prefix.dropLast())"
      found += try pictures(in: path).map { next.prefix + $0 }
      // Bounded, as links may form cycles.
      if next.depth < depth {
        let names = try contents(of: path).folders.filter { !isHidden($0) }
        folders += names.map { ("\(next.prefix)\($0)/", next.depth + 1) }
      }
    }
    return found.sorted()
  }

  /// How names of images and masks are related.
  struct NameRule {
    /// What the names of images, and of masks, end in before the extension; others are no images or masks.
    var (imageEnding, maskEnding) = ("", "")
    /// Whether files in folders below count, by their paths.
    var isNested = false
    /// Whether every image must have a mask.
    var needsAllMasks = true
  }

  /// The pictures of two folders, paired by stem, in the order of the stems.
  static func pairs(
    images: String, masks: String, rule: NameRule = NameRule()
  ) throws(DatasetError) -> [FolderDataset.Files] {
    func names(in folder: String, _ ending: String) throws(DatasetError) -> [String] {
      let names = try rule.isNested ? picturesBelow(folder) : pictures(in: folder)
      return ending.isEmpty ? names : names.filter { $0.stem.hasSuffix(ending) }
    }
    func imageStem(_ name: String) -> String { String(name.stem.dropLast(rule.imageEnding.count)) }
    func maskStem(_ name: String) -> String { String(name.stem.dropLast(rule.maskEnding.count)) }
    let imageNames = try names(in: images, rule.imageEnding)
    let maskNames = try names(in: masks, rule.maskEnding)
    // In a folder whose folders are read, too, nothing is elsewhere.
    func leftOut(_ folder: String) throws(DatasetError) -> [LeftOutPictures] {
      try rule.isNested ? [] : Self.leftOut(in: folder, reading: [folder])
    }
    if imageNames.isEmpty { throw .noImages(folder: images, leftOut: try leftOut(images)) }
    let imagesByStem = Dictionary(grouping: imageNames, by: imageStem)
    let masksByStem = Dictionary(grouping: maskNames, by: maskStem)
    var unpaired = UnpairedFiles(
      images: images, masks: masks,
      imagesWithoutMask: rule.needsAllMasks ? imageNames.filter { masksByStem[imageStem($0)] == nil } : [],
      masksWithoutImage: maskNames.filter { imagesByStem[maskStem($0)] == nil },
      sameStem: duplicates(in: imagesByStem, of: images) + duplicates(in: masksByStem, of: masks), leftOut: [])
    if !unpaired.isEmpty {
      unpaired.leftOut = try leftOut(images) + leftOut(masks)
      guard let collector = UnpairedCollector.current else { throw .unpaired(unpaired) }
      collector.add(unpaired)
    }
    let stems = imagesByStem.keys.sorted()
    let last = stems.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    // Folders are part of a name only where it would not be unique without them.
    let areUnique = Set(last).count == last.count
    return zip(stems, last).compactMap { stem, last in
      guard let image = imagesByStem[stem]?.first, let mask = masksByStem[stem]?.first else { return nil }
      return FolderDataset.Files(
        name: areUnique ? last : stem, image: "\(images)/\(image)", mask: "\(masks)/\(mask)")
    }
  }

  /// The pictures in and below `root` that reading the folders `read` leaves out.
  static func leftOut(in root: String, reading read: [String]) throws(DatasetError) -> [LeftOutPictures] {
    var (others, hidden, elsewhere): ([String], [String], [String]) = ([], [], [])
    var folders = [(path: root, prefix: "", depth: 0, isHidden: false)]
    while let folder = folders.popLast() {
      let isRead = read.contains(folder.path)
      // A folder below those that are read holds nothing that would be read, so it need not be listable.
      guard
        let contents = isRead || folder.path == root ? try contents(of: folder.path) : try? contents(of: folder.path)
      else { continue }
      for name in contents.files where isPicture(name) {
        let shown = folder.prefix + name
        if folder.isHidden || isHidden(name) {
          hidden.append(shown)
        } else if !isRead {
          elsewhere.append(shown)
        } else if !readEndings.contains(ending(of: name)) {
          others.append(shown)
        }
      }
      // Bounded, as links may form cycles.
      if folder.depth < depth {
        folders += contents.folders.map { name in
          ("\(folder.path)/\(name)", "\(folder.prefix)\(name)/", folder.depth + 1, folder.isHidden || isHidden(name))
        }
      }
    }
    let found: [(LeftOutPictures.Reason, [String])] = [
      (.otherFormat, others), (.hidden, hidden), (.elsewhere(read: read), elsewhere),
    ]
    return found.filter { !$1.isEmpty }.map { LeftOutPictures(folder: root, reason: $0, names: $1.sorted()) }
  }

  /// Whether the name is that of a picture that is read.
  static func isReadable(_ name: String) -> Bool { !isHidden(name) && readEndings.contains(ending(of: name)) }

  /// A picture's name without its extension; other names unchanged.
  static func withoutEnding(_ name: String) -> String {
    readEndings.contains(ending(of: name)) ? name.stem : name
  }

  private static func isHidden(_ name: String) -> Bool { name.hasPrefix(".") }

  /// Whether the name is a picture's. Those that begin with `._` are metadata files that macOS creates.
  private static func isPicture(_ name: String) -> Bool {
    let ending = ending(of: name)
    return !name.hasPrefix("._") && (readEndings.contains(ending) || otherEndings.contains(ending))
  }

  private static func ending(of name: String) -> String { (name as NSString).pathExtension.lowercased() }

  private static func duplicates(in names: [String: [String]], of folder: String) -> [String] {
    names.values.filter { $0.count > 1 }.map { "\(folder)/{\($0.sorted().joined(separator: ", "))}" }.sorted()
  }
}

extension String {
  /// A file's path without the extension of its name.
  package var stem: String { (self as NSString).deletingPathExtension }
}

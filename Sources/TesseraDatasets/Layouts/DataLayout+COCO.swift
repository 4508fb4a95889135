import Foundation
import TesseraFiles
import TesseraImaging

extension DataLayout {
  /// COCO's format (Lin et al. 2014), as COCO itself, CVAT, Label Studio and Roboflow write it: JSON files with
  /// polygons or runs of pixels. Objects are drawn from the one with the most pixels to the one with the fewest, so
  /// that the smaller is seen where two lie; of two of the same size, the one that the file lists later. Pixels of no
  /// object are "background", 0; the categories follow in the order of their identifiers.
  public static let coco = DataLayout(name: "coco", title: "COCO's JSON", void: 255) { folder in
    !COCODocument.all(in: folder).isEmpty && !hasMasks(in: folder)
  } contents: { folder in
    // One that was named is read whatever it looks like: reading says what is wrong with it.
    let documents = [COCODocument.all(in: folder), COCODocument.all(in: folder, ofAnyKind: true)].first { !$0.isEmpty }
    guard let documents else {
      throw DatasetError.otherLayout(
        folder: folder, layout: "coco", title: "COCO's JSON",
        expected: ["annotations/instances_*.json", "a .json file next to images/", "train/_annotations.coco.json"],
        found: try FolderListing.names(in: folder))
    }
    return try COCODataset(documents, in: folder).contents
  }

  /// Whether the folder of annotations has PNGs, so that it is ADE20K's.
  private static func hasMasks(in folder: String) -> Bool {
    let names = (try? FolderListing.picturesBelow("\(folder)/annotations")) ?? []
    return !names.isEmpty || isFolder("\(folder)/masks")
  }
}

/// A file of COCO's format, and which part of the data set it is.
struct COCODocument {
  let path: String
  let split: DatasetSplit?

  /// The name of the split: `train2017` of `instances_train2017.json`.
  let splitName: String

  private init(path: String, named name: String) {
    self.path = path
    splitName = name.split(separator: "_").last.map(String.init) ?? name
    let word = name.lowercased()
    split = word.contains("train") ? .training : word.contains("val") ? .validation : nil
  }

  /// Those that a folder has, of tests none.
  ///
  /// - Parameter isAny: whether files count that do not look like COCO's.
  static func all(in folder: String, ofAnyKind isAny: Bool = false) -> [COCODocument] {
    let inSplits =
      (try? FolderListing.contents(of: folder).folders)?.map {
        COCODocument(path: "\(folder)/\($0)/_annotations.coco.json", named: $0)
      }.filter { isFile($0.path) } ?? []
    if !inSplits.isEmpty { return inSplits.filter { $0.splitName != "test" } }
    let place = isFolder("\(folder)/annotations") ? "\(folder)/annotations" : folder
    let others = ["captions_", "person_keypoints_", "panoptic_", "image_info_"]
    let names = JSONKind.names(in: place).filter { name in
      !others.contains(where: name.hasPrefix) && !name.lowercased().contains("test")
    }
    let instances = names.filter { $0.hasPrefix("instances") }
    return (instances.isEmpty ? names : instances).map { COCODocument(path: "\(place)/\($0)", named: stem(of: $0)) }
      .filter { isAny || JSONKind(of: $0.path) == .coco }
  }

  private static func stem(of name: String) -> String { String(name.dropLast(".json".count)) }
}

/// The pictures of one or several files of COCO's format.
struct COCODataset {
  let contents: LayoutContents

  /// - Throws: `AnnotationError`, `DatasetError`.
  init(_ documents: [COCODocument], in folder: String) throws {
    let files = try documents.map { try JSONFile.decode(COCOFile.self, from: $0.path) }
    let (classes, indices, merged) = try Self.classes(of: files, documents)
    var (splits, notes): ([DatasetSplit: [FolderDataset.Files]], [String]) = ([:], merged)
    for (document, file) in zip(documents, files) {
      let masks = try file.masks(path: document.path, indices: indices, background: classes.background)
      notes += masks.notes
      splits[document.split ?? .training, default: []] += try Self.pairs(masks.pictures, document, in: folder)
    }
    contents =
      splits.count == 2
      ? LayoutContents(splits: splits, labelSpace: classes.labelSpace, notes: notes)
      : LayoutContents(all: splits.values.flatMap(\.self), labelSpace: classes.labelSpace, notes: notes)
  }

  /// The categories of all files after the background. Roboflow lists the name of the whole as a category that has no
  /// objects: it is none.
  private static func classes(
    of files: [COCOFile], _ documents: [COCODocument]
  ) throws(AnnotationError) -> (OutlineClasses, [Int: Int], notes: [String]) {
    var names: [Int: String] = [:]
    for (file, document) in zip(files, documents) {
      for category in file.categories {
        if let known = names[category.id], known != category.name {
          throw AnnotationError(
            document.path, ["category \(category.id) is \(category.name) here and \(known) in another place"])
        }
        names[category.id] = category.name
      }
    }
    let used = Set(files.flatMap { $0.annotations.map(\.category) })
    let wholes = Set(files.flatMap { $0.categories.compactMap(\.supercategory) })
    let kept = names.filter { used.contains($0.key) || !wholes.contains($0.value) || names.count == 1 }
      .sorted { $0.key < $1.key }
    if kept.isEmpty { throw AnnotationError(documents[0].path, ["lists no categories"]) }
    // Numbers occur once; categories of one name are one class.
    let identifiers = Dictionary(grouping: kept.map(\.key)) { names[$0] ?? "" }.mapValues { $0.sorted() }
    let classes = OutlineClasses(found: kept.filter { identifiers[$0.value]?.first == $0.key }.map(\.value))
    let indices = names.filter { identifiers[$0.value]?.contains($0.key) == true }.mapValues { name in
      OutlineClasses.backgroundNames.contains(name.lowercased())
        ? classes.background : classes.indices[name] ?? classes.background
    }
    let notes = identifiers.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { name, identifiers in
      "\(documents[0].path): categories \(identifiers.map(String.init).joined(separator: " and ")) are both called \(name): "
        + "they are one class"
    }
    return (classes, indices, notes)
  }

  private static func pairs(
    _ pictures: [(name: String, mask: ShapeMask)], _ document: COCODocument, in folder: String
  ) throws(AnnotationError) -> [FolderDataset.Files] {
    let own = (document.path as NSString).deletingLastPathComponent
    let finder = PictureFinder(
      [
        "\(folder)/\(document.splitName)", "\(folder)/images/\(document.splitName)", "\(folder)/images", own, folder,
      ], within: folder)
    func last(_ name: String) -> String { name.split { "/\\".contains($0) }.last.map(String.init) ?? name }
    // Folders are part of a name only where it would not be unique without them.
    let areUnique = Set(pictures.map { last($0.name) }).count == pictures.count
    var (files, faults, takers): ([FolderDataset.Files], [String], [String: String]) = ([], [], [:])
    for (name, mask) in pictures {
      guard let path = finder.path(of: [name, last(name)]) else {
        let outside = name.contains("..") ? "; pictures must lie in the data's folder" : ""
        faults.append("picture \(name) is missing: it is in none of \(finder.description)\(outside)")
        continue
      }
      if let other = takers.updateValue(name, forKey: PictureFinder.plain(path)) {
        faults.append(
          "pictures \(other) and \(name) are one file, \(path); add the one that is missing, or remove one of them")
      }
      files.append(
        FolderDataset.Files(
          name: FolderListing.withoutEnding(areUnique ? last(name) : name), image: path,
          mask: "\(document.path)#\(name)",
          storage: MaskStorage(.shapes(mask))))
    }
    if !faults.isEmpty { throw AnnotationError(document.path, faults) }
    if files.isEmpty { throw AnnotationError(document.path, ["lists no pictures"]) }
    return files
  }
}

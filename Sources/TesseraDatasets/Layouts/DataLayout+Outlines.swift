import Foundation
import TesseraFiles
import TesseraImaging

extension DataLayout {
  /// labelme's files (Wada 2016): a JSON file next to each picture, flat or in folders of splits. Shapes are drawn in
  /// the file's order, later ones over earlier ones, as labelme itself does. Classes are those of `labels.txt`, or all
  /// labels that occur, in alphabetical order after "background"; `__ignore__` is void, 255.
  public static let labelme = DataLayout(name: "labelme", title: "labelme's JSON", void: 255) { folder in
    !LabelMeDataset.folders(in: folder).isEmpty
  } contents: { folder in
    let folders = LabelMeDataset.folders(in: folder)
    guard !folders.isEmpty else {
      throw DatasetError.otherLayout(
        folder: folder, layout: "labelme", title: "labelme's JSON",
        expected: ["a .json file next to each picture, in the folder itself or in train/ and val/"],
        found: try FolderListing.names(in: folder))
    }
    return try LabelMeDataset(folders, in: folder).contents
  }

  /// Label Studio's export "JSON": a list of tasks with polygons, brush strokes, rectangles and ellipses, later ones
  /// over earlier ones, and the pictures in `images/` or next to it. Classes as in ``labelme``.
  public static let labelStudio = DataLayout(name: "label-studio", title: "Label Studio's JSON", void: 255) { folder in
    LabelStudioDataset.file(in: folder) != nil
  } contents: { folder in
    guard let file = LabelStudioDataset.file(in: folder) else {
      throw DatasetError.otherLayout(
        folder: folder, layout: "label-studio", title: "Label Studio's JSON",
        expected: ["a .json file with a list of tasks, next to the pictures or images/"],
        found: try FolderListing.names(in: folder))
    }
    return try LabelStudioDataset(file, in: folder).contents
  }
}

/// Pictures with labelme's files next to them.
struct LabelMeDataset {
  let contents: LayoutContents

  /// The folders with such files: the folder itself, or those of splits.
  static func folders(in folder: String) -> [(path: String, split: DatasetSplit?)] {
    func holds(_ path: String) -> Bool {
      JSONKind.names(in: path).prefix(4).contains { JSONKind(of: "\(path)/\($0)") == .labelme }
    }
    let splits = DatasetSplit.allCases.flatMap { split in
      split.folderNames.map { (path: "\(folder)/\($0)", split: Optional(split)) }
    }.filter { isFolder($0.path) && holds($0.path) }
    return !splits.isEmpty ? splits : holds(folder) ? [(folder, nil)] : []
  }

  /// - Throws: `DatasetError.unusableFiles` with everything that is wrong in any file.
  init(_ folders: [(path: String, split: DatasetSplit?)], in root: String) throws {
    let paths = folders.map { folder in JSONKind.names(in: folder.path).map { "\(folder.path)/\($0)" } }
    let decoded = paths.map { paths in
      DataSurveyor.inParallel(paths.count) { number in
        Result { () throws(AnnotationError) in try JSONFile.decode(LabelMeFile.self, from: paths[number]) }
      }
    }
    let labels = Set(decoded.joined().flatMap { (try? $0.get())?.shapes.map(\.label) ?? [] })
    let listed = try ClassFiles.found(in: root, void: 255)?.space
    let classes = listed.map(OutlineClasses.init(listed:)) ?? OutlineClasses(found: labels.sorted())
    var (splits, complaints, notes): ([DatasetSplit?: [FolderDataset.Files]], [String], [String]) = ([:], [], [])
    for (number, folder) in folders.enumerated() {
      for (path, file) in zip(paths[number], decoded[number]) {
        do {
          let (files, said) = try Self.pair(file.get(), at: path, classes, in: root)
          splits[folder.split, default: []].append(files)
          notes += said
        } catch {
          complaints.append("\(error)")
        }
      }
      let annotated = Set((splits[folder.split] ?? []).map(\.image))
      let others = try FolderListing.pictures(in: folder.path).filter { !annotated.contains("\(folder.path)/\($0)") }
      if let first = others.first {
        notes.append(
          "\(folder.path): \(others.count) \(others.count == 1 ? "picture has" : "pictures have") no file of shapes and "
            + "\(others.count == 1 ? "is" : "are") left out (such as \(first))")
      }
    }
    if !complaints.isEmpty { throw DatasetError.unusableFiles(complaints) }
    let known = DatasetSplit.allCases.reduce(into: [DatasetSplit: [FolderDataset.Files]]()) { $0[$1] = splits[$1] }
    contents =
      known.count == 2
      ? LayoutContents(splits: known, labelSpace: classes.labelSpace, notes: notes)
      : LayoutContents(all: splits.values.flatMap(\.self), labelSpace: classes.labelSpace, notes: notes)
  }

  private static func pair(
    _ file: LabelMeFile, at path: String, _ classes: OutlineClasses, in root: String
  ) throws -> (FolderDataset.Files, notes: [String]) {
    let folder = (path as NSString).deletingLastPathComponent
    let relative = file.imagePath.split { $0 == "\\" }.joined(separator: "/")
    guard let image = PictureFinder([folder], within: root).path(of: [file.pictureName, relative]) else {
      throw AnnotationError(path, ["its picture \(file.imagePath) is missing; put it next to the file"])
    }
    let needsSize = file.imageWidth == nil || file.imageHeight == nil
    let size = try needsSize ? Self.size(of: image) : ImageSize(width: 1, height: 1)
    let (mask, notes) = try file.mask(path: path, size: size, classes: classes)
    return (
      FolderDataset.Files(
        name: FolderListing.withoutEnding(file.pictureName), image: image, mask: path,
        storage: MaskStorage(.shapes(mask))), notes
    )
  }

  /// The size of an upright picture.
  static func size(of path: String) throws -> ImageSize {
    let image = try DecodedPixels(contentsOf: path, atLeast: (1, 1))
    return ImageSize(width: image.fullWidth, height: image.fullHeight)
  }
}

/// Pictures with a file of Label Studio's tasks.
struct LabelStudioDataset {
  let contents: LayoutContents

  /// The first file of tasks in a folder.
  static func file(in folder: String) -> String? {
    JSONKind.names(in: folder).map { "\(folder)/\($0)" }.first { JSONKind(of: $0) == .labelStudio }
  }

  /// - Throws: `AnnotationError` with everything that is wrong.
  init(_ path: String, in folder: String) throws {
    let tasks = try JSONFile.decode([LabelStudioTask].self, from: path)
    let labels = Set(tasks.flatMap { $0.regions.flatMap { $0.value?.labels ?? [] } })
    let listed = try ClassFiles.found(in: folder, void: 255)?.space
    let classes = listed.map(OutlineClasses.init(listed:)) ?? OutlineClasses(found: labels.sorted())
    let finder = PictureFinder(["\(folder)/images", folder], within: folder)
    var (checks, files) = (ShapeChecks(), [FolderDataset.Files]())
    for (number, task) in tasks.enumerated() where !task.regions.isEmpty {
      let place = "task \(task.id.map(\.description) ?? "number \(number + 1)")"
      guard let name = task.pictureName else {
        checks.add("\(place): its data name no picture")
        continue
      }
      // Uploads get eight letters in front.
      let original = name.split(separator: "-", maxSplits: 1).last.map(String.init) ?? name
      guard let image = finder.path(of: [name, original]) else {
        checks.add("\(place): its picture \(name) is missing: it is in none of \(finder.description)")
        continue
      }
      let needsSize = !task.regions.contains { $0.width != nil && $0.height != nil }
      let size = try needsSize ? LabelMeDataset.size(of: image) : ImageSize(width: 1, height: 1)
      guard let mask = task.mask(size: size, classes: classes, &checks) else { continue }
      files.append(
        FolderDataset.Files(
          name: FolderListing.withoutEnding(name), image: image, mask: "\(path)#\(name)",
          storage: MaskStorage(.shapes(mask))))
    }
    let without = tasks.count { $0.regions.isEmpty }
    let (have, are) = without == 1 ? ("task has", "is") : ("tasks have", "are")
    if files.isEmpty && checks.problems.isEmpty { checks.add("holds no task with an annotation") }
    if !checks.problems.isEmpty { throw AnnotationError(path, checks.problems) }
    let unfinished = without == 0 ? [] : ["\(path): \(without) \(have) no annotation and \(are) left out"]
    let several = tasks.count { $0.drawn.count > 1 }
    let repeated =
      several == 0
      ? [] : ["\(path): of the tasks with several annotations (\(several)) the last one that is not empty counts"]
    contents = LayoutContents(
      all: files.sorted { $0.name < $1.name }, labelSpace: classes.labelSpace,
      notes: checks.notes(of: path) + unfinished + repeated)
  }
}

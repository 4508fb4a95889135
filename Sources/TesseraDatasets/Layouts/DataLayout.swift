import TesseraImaging

/// How a data set lies in a folder: how images and masks are found and paired, and what the masks' values mean.
///
/// A layout is a value. Those of common data sets are in ``standard``; a layout of one's own is one more:
///
/// ```swift
/// let mine = DataLayout(
///   name: "mine", title: "my pictures", void: 255,
///   folders: [PictureFolders(images: "photos", masks: "labels", maskEnding: "_label")])
/// let data = try DatasetFolder(at: "my-pictures", layout: mine)
/// await TesseraProgram.run(layouts: .standard + [mine])    // --layout mine
/// ```
public struct DataLayout: Sendable {
  /// The word on the command line: `voc`.
  public let name: String
  /// The name for people: "Pascal VOC".
  public let title: String
  /// The mask value that is void by default; what a layout finds in a folder may say more.
  public let defaultVoid: Int?

  let recognizes: @Sendable (_ folder: String) -> Bool
  let contents: @Sendable (_ folder: String) throws -> LayoutContents

  /// A layout that finds pairs in any way.
  ///
  /// - Parameters:
  ///   - name: the word on the command line.
  ///   - title: the name for people.
  ///   - void: the mask value that is void by default.
  ///   - recognizes: whether a folder has this layout; called for every folder that is opened without naming one, so it
  ///     should look at names of files only.
  ///   - contents: what the folder holds; throws what is wrong with it.
  public init(
    name: String, title: String, void: Int?, recognizes: @escaping @Sendable (_ folder: String) -> Bool,
    contents: @escaping @Sendable (_ folder: String) throws -> LayoutContents
  ) {
    (self.name, self.title, defaultVoid) = (name, title, void)
    (self.recognizes, self.contents) = (recognizes, contents)
  }

  /// A layout of folders with images and masks.
  ///
  /// - Parameters:
  ///   - name: the word on the command line.
  ///   - title: the name for people.
  ///   - void: the mask value that is void by default.
  ///   - folders: the forms that it comes in; the first that a folder has counts.
  public init(name: String, title: String, void: Int?, folders: [PictureFolders]) {
    self.init(name: name, title: title, void: void) { folder in
      folders.contains { $0.exist(in: folder) }
    } contents: { folder in
      let found = folders.filter { $0.exist(in: folder) }
      guard let first = found.first else {
        throw DatasetError.otherLayout(
          folder: folder, layout: name, title: title,
          expected: folders.map(\.description).reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
          found: try FolderListing.names(in: folder))
      }
      return try first.contents(of: folder, void: void)
    }
  }

  /// The layouts that are recognized, in this order.
  public static let standard: [DataLayout] = [
    .pets, .cocoStuff, .coco, .ade20k, .folder, .voc, .sbd, .cityscapes, .camvid, .labelme, .labelStudio,
  ]

  /// The layouts that the current program knows.
  @TaskLocal public static var known = standard

  /// The known layout of this name.
  public static func named(_ name: String) -> DataLayout? { known.first { $0.name == name } }

  /// The first known layout that a folder has.
  static func recognized(in folder: String) -> DataLayout? { known.first { $0.recognizes(folder) } }

  /// The folders up to two levels below one that have a known layout, such as `VOCdevkit/VOC2012`.
  static func recognizedBelow(_ folder: String) -> [String] {
    func below(_ path: String) -> [String] {
      let names = (try? FolderListing.contents(of: path).folders) ?? []
      return names.filter { !$0.hasPrefix(".") }.prefix(20).map { "\(path)/\($0)" }
    }
    let first = below(folder)
    let found = first.filter { recognized(in: $0) != nil }
    return found.isEmpty ? first.flatMap(below).filter { recognized(in: $0) != nil } : found
  }
}

/// Names tell layouts apart.
extension DataLayout: Equatable {
  public static func == (left: DataLayout, right: DataLayout) -> Bool { left.name == right.name }
}

extension [DataLayout] {
  /// The layouts that the library knows.
  public static var standard: [DataLayout] { DataLayout.standard }
}

/// What a layout finds in a folder.
public struct LayoutContents: Sendable {
  enum Pairs: Sendable {
    case folders(SplitFolders)
    case splits([DatasetSplit: [FolderDataset.Files]])
    case flat([FolderDataset.Files])
  }

  let pairs: Pairs
  /// What the masks' indices mean, if that is known; otherwise the masks are searched for the greatest.
  public var labelSpace: LabelSpace?
  /// What is said before the first step, one sentence each.
  public var notes: [String] = []

  /// Pairs that the data set itself divides.
  public init(splits: [DatasetSplit: [FolderDataset.Files]], labelSpace: LabelSpace?, notes: [String] = []) {
    self.init(.splits(splits), labelSpace: labelSpace, notes: notes)
  }

  /// Pairs of which a part is held out.
  public init(all files: [FolderDataset.Files], labelSpace: LabelSpace?, notes: [String] = []) {
    self.init(.flat(files), labelSpace: labelSpace, notes: notes)
  }

  init(_ pairs: Pairs, labelSpace: LabelSpace?, notes: [String] = []) {
    (self.pairs, self.labelSpace, self.notes) = (pairs, labelSpace, notes)
  }
}

import TesseraFiles
import TesseraImaging

/// Folders of images and masks whose files have related names, and what the masks' values mean.
public struct PictureFolders: Sendable, CustomStringConvertible {
  /// The images' folder; `*` stands for the name of a split, in both: `leftImg8bit/*`.
  public var images: String
  /// The masks' folder.
  public var masks: String
  /// What the names of images, and of masks, end in before the extension.
  public var imageEnding, maskEnding: String
  /// Whether files in folders below count, too.
  public var isNested: Bool
  /// Whether every image must have a mask.
  public var needsAllMasks: Bool
  /// The folder with a text file of names for each split; `nil` if there are none.
  public var lists: String?
  /// The names of splits, in folders and lists.
  public var splits: [DatasetSplit: [String]]
  /// The classes, unless a list in the data set's folder names them; `nil` if masks are to be searched.
  public var classes: LabelSpace?
  /// The file that lists the classes one a line, if it is not one of the usual names.
  public var classFile: String?
  /// The index that each number in a mask becomes; `nil` if they are indices.
  public var relabeling: [Int: Int]?
  /// Colors of masks that are no class's.
  public var furtherColors: [Color: Int]

  /// The names of splits that are looked for by default.
  public static let usualSplits = Dictionary(uniqueKeysWithValues: DatasetSplit.allCases.map { ($0, $0.folderNames) })
  /// The names of lists and folders that hold all pictures.
  private static let undivided = ["default", "trainval", "all"]

  public init(
    images: String, masks: String, imageEnding: String = "", maskEnding: String = "", isNested: Bool = false,
    needsAllMasks: Bool = true, lists: String? = nil, splits: [DatasetSplit: [String]] = usualSplits,
    classes: LabelSpace? = nil, classFile: String? = nil, relabeling: [Int: Int]? = nil,
    furtherColors: [Color: Int] = [:]
  ) {
    (self.images, self.masks, self.imageEnding, self.maskEnding) = (images, masks, imageEnding, maskEnding)
    (self.isNested, self.needsAllMasks, self.lists, self.splits) = (isNested, needsAllMasks, lists, splits)
    (self.classes, self.classFile, self.relabeling) = (classes, classFile, relabeling)
    self.furtherColors = furtherColors
  }

  public var description: String { "\(images)/ and \(masks)/ with *\(maskEnding).png" }

  private var isDivided: Bool { images.contains("*") }

  private func place(_ pattern: String, _ split: String, in folder: String) -> String {
    let path = pattern.split(separator: "*", omittingEmptySubsequences: false).joined(separator: split)
    return path.isEmpty ? folder : "\(folder)/\(path)"
  }

  /// The folders of a split's name, if both exist and hold a mask.
  private func places(_ name: String, in folder: String) -> (images: String, masks: String)? {
    let (images, masks) = (place(images, name, in: folder), place(masks, name, in: folder))
    guard isFolder(images), isFolder(masks), images != masks else { return nil }
    let names = isNested ? try? FolderListing.picturesBelow(masks) : try? FolderListing.pictures(in: masks)
    let hasMask = names?.contains { FolderListing.withoutEnding($0).hasSuffix(maskEnding) } ?? false
    return hasMask ? (images, masks) : nil
  }

  /// Whether a folder has these folders, with masks in them.
  func exist(in folder: String) -> Bool {
    if let classFile, !isFile("\(folder)/\(classFile)") { return false }
    let names = isDivided ? Array(splits.values.joined()) + Self.undivided : [""]
    return names.contains { places($0, in: folder) != nil }
  }

  /// - Parameters:
  ///   - folder: has them.
  ///   - void: the layout's.
  /// - Throws: `DatasetError`, `LabelSpaceError`.
  func contents(of folder: String, void: Int?) throws -> LayoutContents {
    let pairs = try isDivided ? foundByFolders(in: folder) : foundByLists(in: folder)
    var contents = LayoutContents(pairs, labelSpace: nil)
    let listed = try classFile.map { try LabelSpace(classNames: "\(folder)/\($0)", void: void) }
    let found = try ClassFiles.found(in: folder, void: void)
    guard let space = listed ?? found?.space ?? classes ?? numbered(void: void) else { return contents }
    contents.labelSpace = space.withNamedVoid(void)
    let masks = contents.files.map(\.mask)
    let own = furtherColors.reduce(ColorTable(of: space)) { $0.setting($1.key, to: $1.value) }
    let table = found.map(\.colors) ?? (listed == nil ? own : nil)
    guard relabeling == nil, let table, ClassFiles.areColored(masks) else {
      // A list in the folder names what the numbers in its masks mean.
      return contents.stored(as: MaskStorage(.numbers, relabeling: found == nil ? relabeling : nil))
    }
    return contents.stored(as: MaskStorage(.colors(table)))
  }

  /// Classes without names, for what numbers are relabeled to.
  private func numbered(void: Int?) -> LabelSpace? {
    relabeling?.values.filter { $0 != void }.max().map { greatest in
      LabelSpace(names: (0...greatest).map { "class \($0)" }, void: void)
    }
  }

  private func pairs(_ places: (images: String, masks: String)) throws(DatasetError) -> [FolderDataset.Files] {
    let rule = FolderListing.NameRule(
      imageEnding: imageEnding, maskEnding: maskEnding, isNested: isNested, needsAllMasks: needsAllMasks)
    return try FolderListing.pairs(images: places.images, masks: places.masks, rule: rule)
  }

  private func foundByFolders(in folder: String) throws -> LayoutContents.Pairs {
    var found: [DatasetSplit: [FolderDataset.Files]] = [:]
    for (split, names) in splits {
      if let places = names.lazy.compactMap({ places($0, in: folder) }).first { found[split] = try pairs(places) }
    }
    if !found.isEmpty { return .splits(found) }
    let undivided = Self.undivided.lazy.compactMap { places($0, in: folder) }.first
    return .flat(try undivided.map { try pairs($0) } ?? [])
  }

  private func foundByLists(in folder: String) throws -> LayoutContents.Pairs {
    let files = try pairs((place(images, "", in: folder), place(masks, "", in: folder)))
    guard let lists else { return .flat(files) }
    func selected(_ names: [String]) throws -> [FolderDataset.Files]? {
      let path = names.map { lists.isEmpty ? "\(folder)/\($0).txt" : "\(folder)/\(lists)/\($0).txt" }
        .first(where: isFile)
      return try path.map { try SplitList(contentsOf: $0).select(from: files, in: folder) }
    }
    var found: [DatasetSplit: [FolderDataset.Files]] = [:]
    for (split, names) in splits { found[split] = try selected(names) }
    if found.isEmpty { return .flat(try selected(Self.undivided) ?? files) }
    // What one list leaves belongs to the other split.
    for split in DatasetSplit.allCases where found[split] == nil {
      let taken = Set(found.values.flatMap { $0.map(\.mask) })
      found[split] = files.filter { !taken.contains($0.mask) }
    }
    return .splits(found)
  }
}

extension LabelSpace {
  /// The same classes; one of them is void if `void` is none of them and it is called "void" or the like.
  fileprivate func withNamedVoid(_ void: Int?) -> LabelSpace {
    guard let void, void == self.void, !classes.indices.contains(void) else { return self }
    let names: Set = ["void", "unlabelled", "unlabeled", "unlabel", "ignore"]
    let named = classes.firstIndex { names.contains($0.name.lowercased()) }
    return LabelSpace(classes: classes, void: named ?? void)
  }
}

extension LayoutContents {
  /// All pairs.
  var files: [FolderDataset.Files] {
    switch pairs {
    case .folders: []
    case .splits(let splits): DatasetSplit.allCases.flatMap { splits[$0] ?? [] }
    case .flat(let files): files
    }
  }

  /// The same with masks that are stored otherwise.
  func stored(as storage: MaskStorage) -> LayoutContents {
    func stored(_ files: [FolderDataset.Files]) -> [FolderDataset.Files] {
      files.map { FolderDataset.Files(name: $0.name, image: $0.image, mask: $0.mask, storage: storage) }
    }
    let changed: Pairs =
      switch pairs {
      case .folders: pairs
      case .splits(let splits): .splits(splits.mapValues(stored))
      case .flat(let files): .flat(stored(files))
      }
    return LayoutContents(changed, labelSpace: labelSpace, notes: notes)
  }
}

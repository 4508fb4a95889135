import Foundation
import TesseraFiles
import TesseraImaging
import TesseraTensors

/// A folder that holds a data set: its layout, its classes and its splits.
///
/// It recognizes `images/` + `annotations/` (ADE20K's layout) and `images/` + `masks/`, each with `training/` and
/// `validation/` inside (or `train/`, and `valid/` or `val/`), or flat: then the seed chooses a tenth to hold out. The
/// classes are named by `classes.txt` in the folder, by files of other programs (`labelmap.txt` of CVAT, `labels.txt`
/// of labelme, `_classes.csv` of Roboflow, `class_dict.csv`) or by ADE20K's `objectInfo150.txt`. Masks named `ADE_...`
/// have ADE20K's classes; otherwise all masks are searched for the greatest class.
///
/// ```swift
/// let folder = try DatasetFolder(at: "ADEChallengeData2016")
/// folder.labelSpace.count                              // 151
/// let training = try folder.dataset(.training)
/// ```
public struct DatasetFolder: Sendable {
  public let path: String
  public let layout: FolderLayout

  /// The label space of the masks of all splits.
  public private(set) var labelSpace: LabelSpace

  /// Whether a list names the classes; otherwise they are the numbers in the masks.
  public let namesClasses: Bool

  private let folders: SplitFolders

  /// The share of a flat folder that is held out for validation.
  public static let heldOutFraction = 0.1

  /// - Parameters:
  ///   - path: the data set's folder.
  ///   - void: the mask value that is not a class.
  /// - Throws: `DatasetError` if the folder is not a data set; `LabelSpaceError` if the names cannot be read.
  public init(at path: String, void: VoidChoice = .layoutDefault) throws {
    try self.init(at: path, void: void, surveyor: DataSurveyor(of: path))
  }

  /// Opens a data set like `init(at:void:)`.
  ///
  /// - Parameters:
  ///   - surveyor: reads the masks if no list names the classes, and remembers what they hold.
  ///   - unnamed: the classes to use if no list names them, so that masks need not be searched.
  package init(
    at path: String, void: VoidChoice = .layoutDefault, surveyor: DataSurveyor, unnamed: LabelSpace? = nil
  ) throws {
    guard TesseraFiles.isFolder(path) else { throw DatasetError.missingFolder(path) }
    self.path = path
    layout = try Self.layout(of: path)
    folders = try SplitFolders(images: "\(path)/\(FolderLayout.images)", masks: "\(path)/\(layout.rawValue)")
    let voidValue: Int?
    switch void {
    case .layoutDefault: voidValue = layout.defaultVoid
    case .value(let value): voidValue = value
    case .none: voidValue = nil
    }
    if let voidValue, !(0...Int(UInt16.max)).contains(voidValue) { throw DatasetError.voidOutOfRange(voidValue) }
    try FolderListing.checkNames(in: folders.read.images + folders.read.masks, of: path)
    var masks: [String] = []
    for folder in folders.read.masks { masks += try FolderListing.pictures(in: folder).map { "\(folder)/\($0)" } }
    let named = try Self.namedClasses(of: path, layout: layout, masks: masks, void: voidValue)
    namesClasses = named != nil
    if let known = named ?? unnamed.map({ LabelSpace(classes: $0.classes, void: voidValue) }) {
      labelSpace = known
    } else if masks.isEmpty {
      let leftOut = try FolderListing.leftOut(in: folders.masks, reading: folders.read.masks)
      throw DatasetError.noMasks(folder: folders.masks, leftOut: leftOut)
    } else {
      labelSpace = try MaskSurvey(of: masks, in: folders.masks, by: surveyor).labelSpace(void: voidValue)
    }
    if labelSpace.count > LabelSpace.mostClasses {
      throw DatasetError.tooManyClasses(folder: path, count: labelSpace.count)
    }
  }

  /// The same data for networks without an output for void.
  public var withoutVoidOutput: DatasetFolder {
    var folder = self
    folder.labelSpace = labelSpace.withoutVoidOutput
    return folder
  }

  /// Whether images and masks are in the folders themselves rather than in folders of splits.
  public var isFlat: Bool { folders.isFlat }

  /// The images and masks of one split.
  ///
  /// - Parameters:
  ///   - split: training or validation.
  ///   - seed: chooses what a flat folder holds out.
  /// - Throws: `DatasetError`.
  public func dataset(_ split: DatasetSplit, seed: UInt64 = 1234) throws(DatasetError) -> FolderDataset {
    guard !isFlat else {
      let files = try FolderListing.pairs(images: folders.images, masks: folders.masks)
      guard files.count >= 2 else { throw .tooFewToHoldOut(folder: folders.images, count: files.count) }
      let parts = HoldOut.indices(of: files.count, fraction: Self.heldOutFraction, seed: seed)
      let part = split == .training ? parts.training : parts.validation
      return FolderDataset(files: part.map { files[$0] }, labelSpace: labelSpace)
    }
    let (images, masks) = try folders.folders(of: split, in: path)
    return FolderDataset(files: try FolderListing.pairs(images: images, masks: masks), labelSpace: labelSpace)
  }

  /// The pictures in the folders of images and masks that no split reads: those in other formats, hidden ones, and
  /// those elsewhere.
  ///
  /// - Throws: `DatasetError.unreadableFolder`.
  public func leftOut() throws(DatasetError) -> [LeftOutPictures] {
    try FolderListing.leftOut(in: folders.images, reading: folders.read.images)
      + FolderListing.leftOut(in: folders.masks, reading: folders.read.masks)
  }

  /// The file name of a cache of one split at one size: a readable name, and a hash of everything else that makes it a
  /// different cache (the folder's path, the void value, what a flat folder holds out).
  ///
  /// - Parameters:
  ///   - split: the part of the data set.
  ///   - size: the size of all samples.
  ///   - seed: chooses what a flat folder holds out.
  public func cacheName(_ split: DatasetSplit, size: ImageSize, seed: UInt64 = 1234) -> String {
    let folder = URL(fileURLWithPath: path).standardizedFileURL.path
    let parts = [folder, layout.rawValue, "\(labelSpace.void ?? -1)", "\(labelSpace.count)", isFlat ? "\(seed)" : ""]
    var checksum = CRC32()
    checksum.add(Array(parts.joined(separator: "\n").utf8))
    let name = URL(fileURLWithPath: folder).lastPathComponent
    return "\(name)-\(split.rawValue)-\(size.width)x\(size.height)-\(checksum.text).tessera"
  }

  private static func layout(of path: String) throws(DatasetError) -> FolderLayout {
    let layouts = FolderLayout.allCases.filter { TesseraFiles.isFolder("\(path)/\($0.rawValue)") }
    guard TesseraFiles.isFolder("\(path)/\(FolderLayout.images)"), let layout = layouts.first else {
      throw .unknownLayout(folder: path, found: try FolderListing.names(in: path))
    }
    if layouts.count > 1 { throw .ambiguousLayout(folder: path) }
    return layout
  }

  /// The classes given by a list or by the masks' names.
  private static func namedClasses(
    of path: String, layout: FolderLayout, masks: [String], void: Int?
  ) throws -> LabelSpace? {
    if let named = try ClassFiles.labelSpace(in: path, void: void) { return named }
    guard layout == .ade20k, !masks.isEmpty, masks.allSatisfy(isNameOfADE20K) else { return nil }
    return LabelSpace(classes: LabelSpace.ade20k.classes, void: void)
  }

  /// Whether a file is named like those of ADE20K: `ADE_val_00000001.png`.
  private static func isNameOfADE20K(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    guard name.hasPrefix("ADE_"), let number = name.split(separator: "_").last?.prefix(while: { $0 != "." }) else {
      return false
    }
    return !number.isEmpty && number.allSatisfy { $0.isASCII && $0.isNumber }
  }
}

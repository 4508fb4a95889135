import Foundation
import TesseraImaging
import TesseraTensors

/// A folder that holds a data set: its layout, its classes and its splits.
///
/// Recognized are `images/` + `annotations/` (ADE20K's layout) and `images/` + `masks/`, each with `training/` and
/// `validation/` inside, or flat: then a tenth is held out by the seed. The classes are named by `classes.txt` or
/// `objectInfo150.txt` in the folder; files named `ADE_...` have ADE20K's classes; else all masks are searched for the
/// greatest class.
///
/// ```swift
/// let folder = try DatasetFolder(at: "ADEChallengeData2016")
/// folder.labelSpace.count                              // 151
/// let training = try folder.dataset(.training)
/// ```
public struct DatasetFolder: Sendable {
  public let path: String
  public let layout: FolderLayout

  /// Whether images and masks lie in the folders themselves instead of in `training` and `validation`.
  public let isFlat: Bool

  /// What the masks of all splits hold.
  public let labelSpace: LabelSpace

  /// Whether a list names the classes; otherwise they are numbers that the masks hold.
  public let namesClasses: Bool

  /// The share of a flat folder that is held out for validation.
  public static let heldOutFraction = 0.1

  /// - Parameters:
  ///   - path: the data set's folder.
  ///   - void: the mask value that is no class.
  /// - Throws: `DatasetError` where the folder is no data set; `LabelSpaceError` where the names cannot be read.
  public init(at path: String, void: VoidChoice = .layoutDefault) throws {
    try self.init(at: path, void: void, surveyor: DataSurveyor(of: path))
  }

  /// As `init(at:void:)`.
  ///
  /// - Parameters:
  ///   - surveyor: reads the masks where no list names the classes, and remembers what they hold.
  ///   - unnamed: the classes where no list names them, so that masks need not be searched.
  package init(
    at path: String, void: VoidChoice = .layoutDefault, surveyor: DataSurveyor, unnamed: LabelSpace? = nil
  ) throws {
    guard FolderListing.isFolder(path) else { throw DatasetError.missingFolder(path) }
    self.path = path
    layout = try Self.layout(of: path)
    let images = "\(path)/\(FolderLayout.images)"
    isFlat = !DatasetSplit.allCases.contains { FolderListing.isFolder("\(images)/\($0.rawValue)") }
    let voidValue: Int?
    switch void {
    case .layoutDefault: voidValue = layout.defaultVoid
    case .value(let value): voidValue = value
    case .none: voidValue = nil
    }
    if let voidValue, !(0...Int(UInt16.max)).contains(voidValue) { throw DatasetError.voidOutOfRange(voidValue) }
    if let named = try Self.namedClasses(of: path, layout: layout, isFlat: isFlat, void: voidValue) {
      (labelSpace, namesClasses) = (named, true)
    } else {
      let masks = try Self.masks(of: path, layout: layout, isFlat: isFlat)
      labelSpace =
        try unnamed.map { LabelSpace(classes: $0.classes, void: voidValue) }
        ?? MaskSurvey(of: masks, in: "\(path)/\(layout.rawValue)", by: surveyor).labelSpace(void: voidValue)
      namesClasses = false
    }
    if labelSpace.count > LabelSpace.mostClasses {
      throw DatasetError.tooManyClasses(folder: path, count: labelSpace.count)
    }
  }

  /// The images and masks of one split.
  ///
  /// - Parameters:
  ///   - split: training or validation.
  ///   - seed: chooses what a flat folder holds out.
  /// - Throws: `DatasetError`.
  public func dataset(_ split: DatasetSplit, seed: UInt64 = 1234) throws(DatasetError) -> FolderDataset {
    var (images, masks) = ("\(path)/\(FolderLayout.images)", "\(path)/\(layout.rawValue)")
    guard !isFlat else {
      let files = try FolderListing.pairs(images: images, masks: masks)
      guard files.count >= 2 else { throw .tooFewToHoldOut(folder: images, count: files.count) }
      let parts = HoldOut.indices(of: files.count, fraction: Self.heldOutFraction, seed: seed)
      let part = split == .training ? parts.training : parts.validation
      return FolderDataset(files: part.map { files[$0] }, labelSpace: labelSpace)
    }
    let found = DatasetSplit.allCases.flatMap { split in
      [images, masks].map { "\($0)/\(split.rawValue)" }.filter(FolderListing.isFolder)
    }
    images += "/\(split.rawValue)"
    masks += "/\(split.rawValue)"
    let missing = [images, masks].filter { !FolderListing.isFolder($0) }
    if !missing.isEmpty { throw .missingSplit(folder: path, split: split, missing: missing, found: found) }
    return FolderDataset(files: try FolderListing.pairs(images: images, masks: masks), labelSpace: labelSpace)
  }

  /// The file name of a cache of one split at one size: a name that is readable, and a number of everything else that
  /// makes it another cache (the folder's path, what is void, what a flat folder holds out).
  ///
  /// - Parameters:
  ///   - split: which part.
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
    let layouts = FolderLayout.allCases.filter { FolderListing.isFolder("\(path)/\($0.rawValue)") }
    guard FolderListing.isFolder("\(path)/\(FolderLayout.images)"), let layout = layouts.first else {
      throw .unknownLayout(folder: path, found: try FolderListing.names(in: path))
    }
    if layouts.count > 1 { throw .ambiguousLayout(folder: path) }
    return layout
  }

  /// The classes that a list or the files' names tell.
  private static func namedClasses(
    of path: String, layout: FolderLayout, isFlat: Bool, void: Int?
  ) throws -> LabelSpace? {
    let (names, info) = ("\(path)/classes.txt", "\(path)/objectInfo150.txt")
    if FileManager.default.fileExists(atPath: names) { return try LabelSpace(classNames: names, void: void) }
    if FileManager.default.fileExists(atPath: info) {
      return LabelSpace(classes: try LabelSpace(objectInfo: info).classes, void: void)
    }
    let masks = try masks(of: path, layout: layout, isFlat: isFlat)
    let isADE20K = layout == .ade20k && !masks.isEmpty && masks.allSatisfy { $0.contains("/ADE_") }
    return isADE20K ? LabelSpace(classes: LabelSpace.ade20k.classes, void: void) : nil
  }

  /// The paths of the masks of all splits.
  private static func masks(of path: String, layout: FolderLayout, isFlat: Bool) throws(DatasetError) -> [String] {
    let folder = "\(path)/\(layout.rawValue)"
    let folders = isFlat ? [folder] : DatasetSplit.allCases.map { "\(folder)/\($0.rawValue)" }
    var masks: [String] = []
    for folder in folders where FolderListing.isFolder(folder) {
      masks += try FolderListing.pictures(in: folder).map { "\(folder)/\($0)" }
    }
    return masks
  }
}

import Foundation
import TesseraFiles
import TesseraImaging
import TesseraTensors

/// A folder that holds a data set: its layout, its classes and its splits.
///
/// It recognizes the layouts in ``DataLayout/standard``, among them `images/` + `annotations/` (ADE20K's layout) and
/// `images/` + `masks/`, each with `training/` and `validation/` inside (or `train/`, and `valid/` or `val/`), or flat:
/// then the seed chooses a tenth to hold out. In these the classes are named by `classes.txt` in the folder, by files
/// of other programs (`labelmap.txt` of CVAT, `labels.txt` of labelme, `_classes.csv` of Roboflow, `class_dict.csv`,
/// `label_colors.txt`) or by ADE20K's `objectInfo150.txt`. Masks named `ADE_...` have ADE20K's classes; otherwise all
/// masks are searched for the greatest class.
///
/// ```swift
/// let folder = try DatasetFolder(at: "ADEChallengeData2016")
/// folder.labelSpace.count                              // 151
/// let training = try folder.dataset(.training)
/// ```
public struct DatasetFolder: Sendable {
  public let path: String
  public let layout: DataLayout

  /// The label space of the masks of all splits.
  public internal(set) var labelSpace: LabelSpace

  /// The mask value that is void unless the user chooses otherwise.
  public internal(set) var defaultVoid: Int?

  /// Whether a list names the classes; otherwise they are the numbers in the masks.
  public let namesClasses: Bool

  /// What is worth knowing about how the folder is read, one sentence each.
  public package(set) var notes: [String]

  /// Which pictures are for training and which for validation.
  public var division = DatasetDivision.found

  /// What each folder holds: this one first, then those that were joined.
  var parts: [DatasetPart]
  /// The new index of each index of the masks; `nil` if they stay.
  var classMap: [Int: Int]?
  /// The part of it that is about values of masks which are no class.
  var mappedValues: [Int: Int] = [:]

  /// The share of a flat folder that is held out for validation.
  public static let heldOutFraction = 0.1

  /// - Parameters:
  ///   - path: the data set's folder.
  ///   - layout: how it lies there; `nil` recognizes one of ``DataLayout/known``.
  ///   - void: the mask value that is not a class.
  /// - Throws: `DatasetError` if the folder is not a data set; `LabelSpaceError` if the names cannot be read;
  ///   `AnnotationError` for files of outlines.
  public init(at path: String, layout: DataLayout? = nil, void: VoidChoice = .layoutDefault) throws {
    try self.init(at: path, layout: layout, void: void, surveyor: DataSurveyor(of: path))
  }

  /// Opens a data set like `init(at:layout:void:)`.
  ///
  /// - Parameters:
  ///   - surveyor: reads the masks if no list names the classes, and remembers what they hold.
  ///   - unnamed: the classes to use if no list names them, so that masks need not be searched.
  package init(
    at path: String, layout chosen: DataLayout? = nil, void: VoidChoice = .layoutDefault, surveyor: DataSurveyor,
    unnamed: LabelSpace? = nil
  ) throws {
    guard let kind = FileKind(of: path) else { throw DatasetError.missingFolder(path) }
    guard kind == .folder else {
      throw DatasetError.unreadableFolder(folder: path, reason: "it is a file, not a folder")
    }
    self.path = path
    layout = try chosen ?? Self.layout(of: path)
    var contents = try layout.contents(path)
    let folders = contents.folders
    if let folders { try FolderListing.checkNames(in: folders.read.images + folders.read.masks, of: path) }
    var masks = contents.files.map(\.mask)
    for folder in folders?.read.masks ?? [] {
      masks += try FolderListing.pictures(in: folder).map { "\(folder)/\($0)" }
    }
    defaultVoid = contents.labelSpace.map(\.void) ?? layout.defaultVoid
    let voidValue: Int?
    switch void {
    case .layoutDefault: voidValue = defaultVoid
    case .value(let value): voidValue = value
    case .none: voidValue = nil
    }
    if let voidValue, !(0...Int(UInt16.max)).contains(voidValue) { throw DatasetError.voidOutOfRange(voidValue) }
    var storage: MaskStorage?
    if folders != nil {
      let listed = try ClassFiles.found(in: path, void: voidValue)
      contents.labelSpace = listed?.space ?? Self.classesOfADE20K(layout: layout, masks: masks)
      if let colors = listed?.colors, ClassFiles.areColored(masks) { storage = MaskStorage(.colors(colors)) }
    }
    notes = contents.notes
    if case .value(let value) = void, let usual = defaultVoid, usual != value,
      let known = contents.labelSpace, known.classes.indices.contains(usual)
    {
      notes.append(
        "\(usual) (\(known.name(of: usual))), which is void by default, is a class that counts with --void \(value)")
    }
    parts = [DatasetPart(path: path, pairs: contents.pairs, storage: storage)]
    namesClasses = contents.labelSpace != nil
    let place = folders?.masks ?? path
    if let known = contents.labelSpace ?? unnamed {
      labelSpace = LabelSpace(classes: known.classes, void: voidValue)
    } else if masks.isEmpty {
      let leftOut = try folders.map { try FolderListing.leftOut(in: $0.masks, reading: $0.read.masks) } ?? []
      throw DatasetError.noMasks(folder: place, leftOut: leftOut)
    } else {
      labelSpace = try MaskSurvey(of: masks, in: place, by: surveyor).labelSpace(void: voidValue)
    }
    notes += Self.similarNames(labelSpace)
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

  /// The pictures in the folders of images and masks that no split reads: those in other formats, hidden ones, and
  /// those elsewhere.
  ///
  /// - Throws: `DatasetError.unreadableFolder`.
  public func leftOut() throws(DatasetError) -> [LeftOutPictures] {
    var found: [LeftOutPictures] = []
    for folders in parts.compactMap(\.folders) {
      found += try FolderListing.leftOut(in: folders.images, reading: folders.read.images)
      found += try FolderListing.leftOut(in: folders.masks, reading: folders.read.masks)
    }
    return found
  }

  private static func layout(of path: String) throws(DatasetError) -> DataLayout {
    guard let layout = DataLayout.recognized(in: path) else {
      throw .unknownLayout(
        folder: path, found: try FolderListing.names(in: path), inside: DataLayout.recognizedBelow(path),
        file: JSONKind.unknownFile(in: path))
    }
    if [DataLayout.ade20k, .folder].allSatisfy({ $0.recognizes(path) }), ["ade20k", "folder"].contains(layout.name) {
      throw .ambiguousLayout(folder: path)
    }
    return layout
  }

  /// What to say of classes whose names differ only by case or spaces, which annotators hardly mean.
  private static func similarNames(_ space: LabelSpace) -> [String] {
    let groups = Dictionary(grouping: space.classes.map(\.name)) { $0.lowercased().filter { !$0.isWhitespace } }
    return groups.values.filter { $0.count > 1 }.map { names in
      "the classes \(names.map { "\"\($0)\"" }.joined(separator: " and ")) differ only by case or spaces; --classes-map "
        + "makes one of them"
    }.sorted()
  }

  /// The classes that follow from the masks' names.
  private static func classesOfADE20K(layout: DataLayout, masks: [String]) -> LabelSpace? {
    layout.name == DataLayout.ade20k.name && !masks.isEmpty && masks.allSatisfy(isNameOfADE20K) ? .ade20k : nil
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
